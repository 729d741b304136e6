"""Contents by kind and name in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compose.history.archive import SUITES, FolderArchive
from harness.core.errors import HarnessError, LedgerDamaged, LedgerUnreadable


def test_what_is_written_is_read_and_removed(tmp_path: Path) -> None:
    archive = FolderArchive(tmp_path / "new" / "history")
    assert archive.names(SUITES) == []
    archive.write(SUITES, "b.json", b"b")
    archive.write(SUITES, "a.json", b"old")
    archive.write(SUITES, "a.json", b"a")
    assert archive.names(SUITES) == ["a.json", "b.json"]
    assert archive.read(SUITES, "a.json") == b"a"
    archive.remove(SUITES, "a.json")
    archive.remove(SUITES, "a.json")
    assert archive.names(SUITES) == ["b.json"]
    assert archive.place == str(tmp_path / "new" / "history")


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    archive = FolderArchive(tmp_path)
    (tmp_path / SUITES).mkdir()
    with pytest.raises(LedgerUnreadable, match=r"suites/x.json does not exist"):
        archive.read(SUITES, "x.json")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / SUITES).symlink_to(tmp_path)
    with pytest.raises(LedgerDamaged, match="links are not followed"):
        FolderArchive(tmp_path).names(SUITES)


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HarnessError, match="cannot write the history") as raised:
        FolderArchive(tmp_path / "file").write(SUITES, "a", b"")
    assert "--history" in raised.value.hint
