"""What Firefox has written down of its session: the tabs that it will bring back after a crash.

Firefox writes its windows and tabs into ``sessionstore-backups/recovery.jsonlz4`` of the profile
at most once in ``browser.sessionstore.interval``, later when it is busy; the file before it stays
as ``recovery.baklz4``. A tab that is not in there does not come back. The format is an own header
(``mozLz40\\0``, the size as a little-endian number of four bytes), then one LZ4 block of JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

_MAGIC = b"mozLz40\0"
_FILES = ("recovery.jsonlz4", "recovery.baklz4")
_SIZE_BYTES = 4


def saved_sites(profile: Path) -> list[str] | None:
    """Return the addresses of the tabs with a site that the session file names, in its order.

    None when there is no file that could be read: then nothing is known, not that there are none.
    """
    for name in _FILES:
        try:
            content = _unpacked((profile / "sessionstore-backups" / name).read_bytes())
            return [url for url in _addresses(content) if url.startswith("http")]
        except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
            continue
    return None


def _unpacked(packed: bytes) -> dict[str, Any]:
    """Return what such a file holds. Raises ValueError or OSError when it is none."""
    head = len(_MAGIC) + _SIZE_BYTES
    if not packed.startswith(_MAGIC) or len(packed) < head:
        raise ValueError("this is no session file")
    size = int.from_bytes(packed[len(_MAGIC) : head], "little")
    text = pa.Codec("lz4_raw").decompress(packed[head:], size, asbytes=True)
    content: dict[str, Any] = json.loads(text)
    return content


def _addresses(content: dict[str, Any]) -> list[str]:
    found = []
    for window in content["windows"]:
        for tab in window["tabs"]:
            entries = tab["entries"]
            if entries:  # an empty tab has no history
                found.append(str(entries[int(tab.get("index", len(entries))) - 1]["url"]))
    return found
