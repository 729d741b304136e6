"""A mistake in a TOML file is one line that names file, line, table and key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from harness.core.errors import UsageError
from harness.core.toml import MOST_BYTES, read_toml


class Door(msgspec.Struct, forbid_unknown_fields=True):
    colour: str
    width_s: Annotated[float, msgspec.Meta(gt=0, le=3)] = 1.0
    is_open: bool | None = None


class House(msgspec.Struct, forbid_unknown_fields=True):
    format: int
    floors: Annotated[int, msgspec.Meta(ge=1)] = 1
    main: Door | None = None
    doors: dict[str, Door] = {}
    names: list[str] = []


def read(directory: Path, text: str) -> House:
    path = directory / "house.toml"
    path.write_text(text, encoding="utf-8")
    return read_toml(path, House, what="house file", version=1)


def test_a_file_becomes_a_structure(tmp_path: Path) -> None:
    text = 'format = 1\nfloors = 2\nnames = ["a"]\n[doors.front]\ncolour = "red"\nwidth_s = 2\n'
    expected = Door(colour="red", width_s=2.0)
    assert read(tmp_path, text) == House(format=1, floors=2, names=["a"], doors={"front": expected})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("format = 2\nrooms = 3\n", "house.toml: format is 2, expected 1"),
        ("floors = 2\n", "house.toml: format is None, expected 1"),
        ("format = 1\nroof = 3\n", "house.toml:2: has unknown key roof. Known: doors, floors, f"),
        (
            "format = 1\nfloors = 0\n",
            ":2: floors is 0, it must be a whole number of 1 or more",
        ),
        (
            "format = 1\n\nfloors = true\n",
            ":3: floors is True, it must be a whole number of 1 or ",
        ),
        ("format = 1\nmain = 3\n", "house.toml:2: [main] must be a table"),
        ("format = 1\n[main] # ours\n", "house.toml:2: [main] lacks colour"),
        (
            "format = 1\n[main]\ncolour = 'x'\nsize = 3",
            "house.toml:4: [main] has unknown key size. Known: colour, is_open, width_s",
        ),
        (
            "format = 1\n[doors.a]\ncolour = 'x'\n[doors.b]\ncolour = 7\n",
            "house.toml:5: [doors.b] colour is 7, it must be text in quotes",
        ),
        (
            "format = 1\n[main]\ncolour = 'x'\nwidth_s = 4\n",
            ":4: [main] width_s is 4, it must be a number above 0 s of 3 s or less",
        ),
        ("format = 1\n[doors]\na = 3\n", "house.toml:3: [doors.a] must be a table"),
        ("format = 1\nnames = 'x'\n", "house.toml:2: names is 'x', it must be a list"),
        (
            "format = 1\n[main]\ncolour = 'x'\nis_open = 1\n",
            "house.toml:4: [main] is_open is 1, it must be true or false",
        ),
        ("format = 1\nnames = 'a:b@c'\n", "house.toml:2: names is text, it must be a list"),
        ("format = 'a:b@c'\n", "house.toml: format is text, expected 1"),
        ("format = 1\n'a:b@c' = 3\n", "house.toml:2: has unknown key that is no plain word. Kn"),
        (
            "format = 1\n[main]\ncolour = ['a:b@c']\n",
            "house.toml:3: [main] colour is a list, it must be text in quotes",
        ),
        (
            "format = 1\n[main]\ncolour = {password = 'b'}\n",
            "house.toml:3: [main] colour is a table, it must be text in quotes",
        ),
        (f"format = 1\nfloors = {'9' * 5000}\n", "is not TOML: Exceeds the limit"),
        ("format = 1\nnames = " + "[" * 100_000 + "\n", "is nested too deeply"),
        ("format = \n", "is not TOML"),
        ("format = 1\nfloors = 1\nfloors = 2\n", "is not TOML"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert words in caught.value.line
    assert str(tmp_path / "house.toml") in caught.value.line
    assert "\n" not in caught.value.line


def test_a_mistake_in_a_table_that_is_written_inline_has_no_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"house\.toml: \[main\] colour is 3"):
        read(tmp_path, "format = 1\nmain = {colour = 3}\n")


def test_a_mistake_in_a_list_is_named_by_its_place(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"house\.toml:2: names\[1\] is 2, it must be text in q"):
        read(tmp_path, "format = 1\nnames = ['x', 2]\n")


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the house file"):
        read_toml(tmp_path / "none.toml", House, what="house file", version=1)


def test_a_file_that_is_not_text_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="is not TOML"):
        read_toml(path, House, what="house file", version=1)


@pytest.mark.parametrize("kind", ["fifo", "device", "folder"])
def test_what_is_no_file_is_never_waited_for(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    {
        "fifo": lambda: os.mkfifo(path),
        "device": lambda: path.symlink_to("/dev/zero"),
        "folder": path.mkdir,
    }[kind]()
    with pytest.raises(UsageError, match=r"house\.toml: it is not a regular file"):
        read_toml(path, House, what="house file", version=1)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    with path.open("wb") as file:
        file.truncate(1 << 32)
    with pytest.raises(UsageError, match=f"is larger than {MOST_BYTES} bytes"):
        read_toml(path, House, what="house file", version=1)
