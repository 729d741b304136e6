"""A row of every kind of a witness, written as the harness does and read back."""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from harness.ledger.examine import examined
from harness.ledger.files import WitnessFile, read_witness
from harness.ledger.kinds.base import Kind, Witness


def every_kind_comes_back(witness: Witness[Any]) -> Callable[[Path, Kind[Any]], None]:
    """Return a test of every kind of a witness."""

    @pytest.mark.parametrize("kind", witness.kinds.values(), ids=lambda kind: kind.name or "row")
    def test_a_row_comes_back_as_it_was_written(tmp_path: Path, kind: Kind[Any]) -> None:
        rows = [sample(kind), sample(kind, only_required=True)]
        file = WitnessFile(tmp_path / f"{witness.name}.arrows", witness)
        for row in rows:
            file.saw(row)
        file.close()
        table, problems = examined(witness, read_witness(file.path).table)
        assert [line for line in problems if "does not know" not in line] == []
        assert [kind.row(cells) for cells in table.to_pylist()] == rows

    return test_a_row_comes_back_as_it_was_written


def every_kind_says_what_it_is(witness: Witness[Any]) -> Callable[[Kind[Any]], None]:
    """Return a test of what is documented of every kind."""

    @pytest.mark.parametrize("kind", witness.kinds.values(), ids=lambda kind: kind.name or "row")
    def test_a_kind_and_its_fields_are_documented(kind: Kind[Any]) -> None:
        assert kind.about, f"{kind.type.__name__} needs a docstring"
        silent = [field.attribute for field in kind.fields if not field.about]
        assert not silent, (
            f"{kind.type.__name__}: {silent} need a Column of the witness, or a "
            "Meta(description=…) as a member of detail"
        )

    return test_a_kind_and_its_fields_are_documented


def sample(kind: Kind[Any], *, only_required: bool = False) -> Any:
    """Return a row of a kind with a value in every field, or in those that it needs."""
    fields = [
        field for field in kind.fields if field.required or field.may_be_null or not only_required
    ]
    values = {field.attribute: _value(field.type) for field in fields}
    if "process" in values:
        values["process"] = "generator-1" if kind.name == "generator" else "server"
    return kind.type(**values)


def _value(type_: Any) -> Any:
    if isinstance(type_, type) and issubclass(type_, enum.Enum):
        return next(iter(type_))
    if typing.get_origin(type_) is Literal:
        return typing.get_args(type_)[0]
    if type_ is Any or typing.get_origin(type_) not in (None, tuple):
        return {"a": "b"}
    plain = {str: "é", int: 3, float: 1.5, bool: True}
    return plain.get(type_, ("a", "b"))
