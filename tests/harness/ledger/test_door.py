"""Stored files are read and written below their directory only, and only if they are files."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core.errors import ExitCode, LedgerDamaged, LedgerUnreadable
from harness.ledger import door


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A directory with a file and a folder in it, beside a secret."""
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "root" / "in").mkdir(parents=True)
    (tmp_path / "root" / "in" / "a.txt").write_text("abc")
    return tmp_path / "root"


OUTSIDE = ["/etc/passwd", "../secret.txt", "in/../../secret.txt", "..", "a\0b", "x/" * 65 + "y"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_name_that_leads_elsewhere_is_damage_whatever_is_asked(name: str, root: Path) -> None:
    asked: list[Callable[[], object]] = [
        lambda: door.below(root, name),
        lambda: door.is_there(root, name),
        lambda: door.read(root, name),
        lambda: door.write(root, name, "x"),
        lambda: door.remove(root, name),
        lambda: door.files_below(root, name, most=9),
        lambda: door.names(root, name),
    ]
    for ask in asked:
        with pytest.raises(LedgerDamaged, match="leads out of"):
            ask()
    assert (root.parent / "secret.txt").read_text() == "secret"


def test_a_link_on_the_way_is_not_followed(root: Path) -> None:
    (root / "link").symlink_to(root.parent)
    for ask in (
        lambda: door.below(root, "link"),
        lambda: door.is_there(root, "link/secret.txt"),
        lambda: door.read(root, "link/secret.txt"),
        lambda: door.write(root, "link/secret.txt", "x"),
        lambda: door.remove(root, "link/secret.txt"),
        lambda: door.files_below(root, "link", most=9),
        lambda: door.names(root, "link"),
    ):
        with pytest.raises(LedgerDamaged, match="link is no directory; links are not followed"):
            ask()
    assert (root.parent / "secret.txt").read_text() == "secret"


def test_the_root_itself_may_be_reached_by_a_link(root: Path) -> None:
    (root.parent / "latest").symlink_to(root)
    assert door.read(root.parent / "latest", "in/a.txt") == b"abc"


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one, pytest.MonkeyPatch.context() as patch:
        patch.chdir(path.parent)  # its whole path may be longer than a socket's name can be
        one.bind(path.name)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _hole(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(door.MOST_JSON_BYTES + 1)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_fifo, "is not a regular file"),
        (_socket, "(is not a regular file|No such device)"),
        (_device, "is a link"),
        (Path.mkdir, "is not a regular file"),
        (_hole, "is larger than"),
    ],
)
def test_what_is_no_file_to_read_is_named_at_once(
    make: Callable[[Path], None], reason: str, root: Path
) -> None:
    make(root / "x.json")
    with pytest.raises(LedgerUnreadable, match=rf"x\.json:? {reason}|{reason}.*") as caught:
        door.read(root, "x.json")
    assert "x.json" in caught.value.line


def test_a_missing_file_is_no_damage(root: Path) -> None:
    with pytest.raises(LedgerUnreadable, match="does not exist") as caught:
        door.read(root, "in/b.txt")
    assert caught.value.exit_code is ExitCode.USAGE
    assert not door.is_there(root, "in/b.txt")
    assert not door.is_there(root, "gone/b.txt")
    assert not door.is_there(root / "in" / "a.txt", "b.txt")
    assert door.below(root, "gone/b") == root / "gone" / "b"


def test_what_is_written_takes_the_place_of_a_link(root: Path) -> None:
    secret = root.parent / "secret.txt"
    (root / "report.html").symlink_to(secret)
    assert door.is_there(root, "report.html")
    door.write(root, "report.html", "new")
    assert (secret.read_text(), (root / "report.html").read_text()) == ("secret", "new")
    (root / "rows.json").symlink_to(secret)
    door.remove(root, "rows.json")
    door.remove(root, "rows.json")
    assert secret.exists()
    assert not door.is_there(root, "rows.json")


def test_text_and_bytes_are_written_as_they_are(root: Path) -> None:
    door.write(root, "a.txt", "ä\r\n")
    door.write(root, "a.bin", b"\x00\xff")
    assert (root / "a.txt").read_bytes() == "ä\r\n".encode()
    assert (root / "a.bin").read_bytes() == b"\x00\xff"


def test_a_half_written_file_leaves_the_old_one_and_nothing_beside_it(root: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        door.write(root, "in/a.txt", "\udc80")
    assert os.listdir(root / "in") == ["a.txt"]
    assert door.read(root, "in/a.txt") == b"abc"


def test_only_files_are_listed_and_not_endlessly(root: Path) -> None:
    (root / "in" / ".hidden").write_text("")
    (root / "in" / "link").symlink_to(root / "in" / "a.txt")
    os.mkfifo(root / "in" / "fifo")
    (root / "in" / "deep").mkdir()
    (root / "in" / "deep" / "b.txt").write_text("b")
    assert door.files_below(root, "in", most=9) == [("a.txt", 3), ("deep/b.txt", 1)]
    assert door.files_below(root, "in", most=2) == [("a.txt", 3)]
    deep = root / "in" / "/".join("d" * 20)
    deep.mkdir(parents=True)
    (deep / "c.txt").write_text("c")
    assert door.files_below(root, "in", most=9) == [("a.txt", 3), ("deep/b.txt", 1)]


def test_files_of_evidence_are_looked_at_before_any_is_read(root: Path) -> None:
    (root / "odd.txt").symlink_to("/dev/zero")
    (root / "a.arrows").write_bytes(b"")
    door.refuse_strange(root, (".arrows", ".ndjson"))
    os.mkfifo(root / "server.ndjson")
    with pytest.raises(LedgerDamaged, match=r"server\.ndjson is not a regular file"):
        door.refuse_strange(root, (".arrows", ".ndjson"))


def test_a_new_file_is_not_written_through_a_link(root: Path) -> None:
    with door.create(root, "a.arrows") as file:
        file.write(b"12")
    with door.create(root, "a.arrows") as file:
        file.write(b"3")
    assert (root / "a.arrows").read_bytes() == b"3"
    (root / "b.arrows").symlink_to(root.parent / "secret.txt")
    with pytest.raises(OSError, match=r"Too many levels|symbolic"):
        door.create(root, "b.arrows")


def test_the_names_of_all_that_lies_in_a_directory(root: Path) -> None:
    (root / "in" / ".hidden").write_text("")
    (root / "in" / "link").symlink_to(root)
    (root / "in" / "folder").mkdir()
    assert door.names(root, "in") == ["a.txt", "folder", "link"]
    assert door.names(root, "none") == []


def test_the_folders_of_a_directory_are_no_links_and_not_hidden(tmp_path: Path) -> None:
    for name in ("b", "a", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("a")
    assert door.folders(tmp_path) == ["a", "b"]
    with pytest.raises(LedgerUnreadable, match="cannot list"):
        door.folders(tmp_path / "nothing")
