"""Read Firefox's session file: the tabs that it will restore after a crash.

Firefox writes its windows and tabs into ``sessionstore-backups/recovery.jsonlz4`` of the profile
at most once per ``browser.sessionstore.interval``, later when it is busy; the previous file remains
as ``recovery.baklz4``. A tab that is not in it is not restored. The format is its own header
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
    """Return the URLs of the session file's tabs that show a site, in its order.

    None when no file can be read: the tabs are unknown, which differs from there being none.
    """
    for name in _FILES:
        try:
            content = _unpacked((profile / "sessionstore-backups" / name).read_bytes())
            return [url for url in _addresses(content) if url.startswith("http")]
        except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
            continue
    return None


def _unpacked(packed: bytes) -> dict[str, Any]:
    """Return a session file's content. Raises ValueError or OSError when it is not one."""
    head = len(_MAGIC) + _SIZE_BYTES
    if not packed.startswith(_MAGIC) or len(packed) < head:
        raise ValueError("not a session file")
    size = int.from_bytes(packed[len(_MAGIC) : head], "little")
    text = pa.Codec("lz4_raw").decompress(packed[head:], size, asbytes=True)
    content: dict[str, Any] = json.loads(text)
    return content


def _addresses(content: dict[str, Any]) -> list[str]:
    urls = []
    for window in content["windows"]:
        for tab in window["tabs"]:
            entries = tab["entries"]
            if entries:  # an empty tab has no history
                urls.append(str(entries[int(tab.get("index", len(entries))) - 1]["url"]))
    return urls
