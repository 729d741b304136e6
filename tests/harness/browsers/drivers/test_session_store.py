"""Firefox's session file is read from its own format."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from harness.browsers.drivers.session_store import saved_sites


def written(profile: Path, *tabs: list[str], name: str = "recovery.jsonlz4") -> None:
    """Write a session of these tabs, each a history of which the last entry is shown."""
    windows = [{"tabs": [{"entries": [{"url": u} for u in t], "index": len(t)} for t in tabs]}]
    text = json.dumps({"windows": windows}).encode()
    packed = pa.Codec("lz4_raw").compress(text, asbytes=True)
    folder = profile / "sessionstore-backups"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"mozLz40\0" + len(text).to_bytes(4, "little") + packed)


def test_a_tab_counts_by_the_entry_that_it_shows(tmp_path: Path) -> None:
    written(tmp_path, ["http://a/"], ["about:blank"], [], ["about:blank", "http://b/"])
    assert saved_sites(tmp_path) == ["http://a/", "http://b/"]


def test_a_session_without_a_site_is_an_empty_list(tmp_path: Path) -> None:
    written(tmp_path, ["about:blank"])
    assert saved_sites(tmp_path) == []


@pytest.mark.parametrize(
    "content", [None, b"", b"mozLz40\0", b"mozLz40\0\x10\0\0\0rubbish", b"not a session"]
)
def test_an_unreadable_file_is_none(tmp_path: Path, content: bytes | None) -> None:
    (tmp_path / "sessionstore-backups").mkdir()
    if content is not None:
        (tmp_path / "sessionstore-backups" / "recovery.jsonlz4").write_bytes(content)
    assert saved_sites(tmp_path) is None


def test_the_previous_file_is_read_when_the_last_one_is_truncated(tmp_path: Path) -> None:
    written(tmp_path, ["http://a/"], name="recovery.baklz4")
    (tmp_path / "sessionstore-backups" / "recovery.jsonlz4").write_bytes(b"mozLz40\0")
    assert saved_sites(tmp_path) == ["http://a/"]
