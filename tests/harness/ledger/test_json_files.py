"""Records: what is written can be read back, and what cannot be read names file and field."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from harness.core.errors import ExitCode, HarnessError, LedgerDamaged, LedgerUnreadable
from harness.ledger.json_files import Nanoseconds, Record, read_record, read_versioned, write_record


class Inner(Record, frozen=True, kw_only=True):
    seed: int
    at_ns: Nanoseconds = 0


class Outer(Record, frozen=True, kw_only=True):
    format: int = 2
    cells: tuple[Inner, ...] = ()
    parameters: Mapping[str, int | float | str] = {}
    measured: float | None = None
    share: float = 0.0
    text: str = ""


def unreadable(path: Path, content: str | bytes) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(LedgerDamaged) as caught:
        read_record(path, Outer)
    assert caught.value.exit_code is ExitCode.HARNESS
    assert "\n" not in caught.value.line
    return str(caught.value).replace(str(path), "x.json")


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = Outer(
        cells=(Inner(seed=2**70), Inner(seed=0, at_ns=2**63 - 1)),
        parameters={"views": 20, "limit": 1.5, "process": "ingest"},
        measured=0.1 + 0.2,
        text="π ⊗ \U0001f600 \x00",
    )
    write_record(tmp_path / "x.json", record)
    read = read_record(tmp_path / "x.json", Outer)
    assert read == record
    assert type(read.parameters["views"]) is int
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.json"]


def test_the_file_is_indented_utf_8_that_ends_in_a_line(tmp_path: Path) -> None:
    write_record(tmp_path / "x.json", Outer(text="é"))
    text = (tmp_path / "x.json").read_text(encoding="utf-8")
    assert '\n "text": "é"\n' in text
    assert text.endswith("}\n")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"cells": [{"seed": 1}, {"seed": "1"}]}', "x.json: cells[1].seed: expected int, got str"),
        ('{"cells": [{"seed": 1.0}]}', "x.json: cells[0].seed: expected int, got float"),
        ('{"cells": [{}]}', "x.json: cells[0]: missing required field seed"),
        ('{"cells": [{"seed": 1, "sede": 2}]}', "x.json: cells[0]: contains unknown field sede"),
        ('{"colour": 1}', "x.json: contains unknown field colour"),
        ('{"share": null}', "x.json: share: expected float, got null"),
        ('{"share": true}', "x.json: share: expected float, got bool"),
        ('{"share": 1e999}', "x.json: share: number out of range"),
        ('{"parameters": {"a": [1]}}', "x.json: parameters[...]: expected int | float | str, got"),
        (
            '{"cells": [{"seed": 1, "at_ns": -1}]}',
            "x.json: cells[0].at_ns: expected int >= 0",
        ),
        (
            '{"cells": [{"seed": 1, "at_ns": 9223372036854775808}]}',
            "x.json: cells[0].at_ns: expected int <= 9223372036854775807",
        ),
        ("[]", "x.json: expected object, got array"),
        ('{"share": NaN}', "x.json is not valid JSON: NaN is not a JSON number"),
        ('{"share": -Infinity}', "x.json is not valid JSON: -Infinity is not a JSON number"),
        ('{"text": "a", "text": "b"}', "x.json is not valid JSON: the key 'text' stands twice"),
        ('{"cells": [{"seed": 1, "seed": 2}]}', "the key 'seed' stands twice in one object"),
        ('{"text": "\\ud83d"}', "x.json is not valid JSON"),
        (b'{"text": "\xff"}', "x.json is not UTF-8"),
        ("", "x.json is not valid JSON"),
        ('{"text": "a"', "x.json is not valid JSON"),
        ('{"text": "a"} x', "x.json is not valid JSON"),
        ("[" * 100_000, "x.json is nested too deeply"),
        (f'{{"share": {"9" * 5000}}}', "x.json is not valid JSON"),
    ],
)
def test_what_cannot_be_read_names_file_and_field(
    content: str | bytes, reason: str, tmp_path: Path
) -> None:
    assert reason in unreadable(tmp_path / "x.json", content)


def test_a_key_that_stands_twice_is_found_at_once_among_many(tmp_path: Path) -> None:
    keys = "".join(f'"{number}":0,' for number in range(200_000))
    began = time.process_time()
    assert "the key 'z' stands twice" in unreadable(tmp_path / "x.json", f'{{{keys}"z":1,"z":2}}')
    assert time.process_time() - began < 10, "the time grows with the square of the keys"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnreadable, match=r"x\.json does not exist"):
        read_record(tmp_path / "x.json", Outer)
    with pytest.raises(LedgerDamaged, match="is not a regular file"):
        read_record(tmp_path, Outer)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_not_finite_becomes_null_where_the_type_has_room(
    number: float, tmp_path: Path
) -> None:
    write_record(tmp_path / "x.json", Outer(measured=number))
    assert read_record(tmp_path / "x.json", Outer).measured is None
    with pytest.raises(HarnessError, match=r"cannot write .*x\.json: share: expected float"):
        write_record(tmp_path / "x.json", Outer(share=number))
    assert read_record(tmp_path / "x.json", Outer).share == 0.0, "the old file is kept"


def test_a_value_of_another_type_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=re.escape("cells[0].seed: expected int, got str")):
        write_record(tmp_path / "x.json", Outer(cells=(Inner(seed="1"),)))  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_numbers_of_numpy_are_written_as_numbers(tmp_path: Path) -> None:
    record = Outer(measured=np.float64(1.5), cells=(Inner(seed=np.int64(3)),))  # type: ignore[arg-type]
    write_record(tmp_path / "x.json", record)
    assert read_record(tmp_path / "x.json", Outer) == Outer(measured=1.5, cells=(Inner(seed=3),))


def test_a_lone_surrogate_becomes_the_replacement_character(tmp_path: Path) -> None:
    write_record(tmp_path / "x.json", Outer(text="a\udc80b", parameters={"\ud83d": "\U0001f600"}))
    read = read_record(tmp_path / "x.json", Outer)
    assert read.text == "a\ufffdb"
    assert read.parameters == {"\ufffd": "\U0001f600"}


def test_the_format_names_the_type(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    kinds = {1: Inner, 2: Outer}
    path.write_text('{"format": 2, "text": "a"}')
    assert read_versioned(path, kinds) == Outer(text="a")
    path.write_text('{"format": 7, "whatever": []}')
    with pytest.raises(LedgerUnreadable) as caught:
        read_versioned(path, kinds)
    assert caught.value.line == (
        f"{path} has format 7, this harness reads 1 and 2. A newer harness wrote it: use that one"
    )
    for content, reason in (
        ('{"format": 0}', "has format 0, this harness reads 1 and 2"),
        ('{"format": "2"}', "format: expected int | null, got str"),
        ('{"text": "a"}', "missing required field format"),
    ):
        path.write_text(content)
        with pytest.raises(LedgerUnreadable, match=re.escape(reason)):
            read_versioned(path, kinds)


def test_a_file_without_a_format_may_be_of_a_given_one(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"seed": 4}')
    assert read_versioned(path, {1: Inner, 2: Outer}, unnumbered=1) == Inner(seed=4)
