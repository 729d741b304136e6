"""A JSON file's documented fields beside those of the types that are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import inspect

_WORDS: dict[type[inspect.Type], str] = {
    inspect.StrType: "string",
    inspect.EnumType: "string",
    inspect.LiteralType: "string",
    inspect.IntType: "integer",
    inspect.FloatType: "number",
    inspect.BoolType: "boolean",
    inspect.DictType: "object",
    inspect.StructType: "object",
    inspect.TupleType: "array of two numbers",
}


def documented(document: Path, heading: str) -> list[tuple[str, str]]:
    """Return field and type of each line of the table below a heading, back quotes left out.

    Raises ValueError for a heading without a table.
    """
    section = document.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.split(r"\n\|[:|-]+\n", section)[-1]
    lines = re.findall(r"^\| `?([a-z_0-9]+)`? \| (.*?) \|", rows, re.MULTILINE)
    if not lines:
        raise ValueError(f"{document.name} has no table below {heading!r}")
    return lines


def written(kind: type[msgspec.Struct]) -> list[tuple[str, str]]:
    """Return field and type of a struct, as the documents call them."""
    known = inspect.type_info(kind)
    assert isinstance(known, inspect.StructType)
    return [(field.name, word_of(field.type)) for field in known.fields]


def word_of(kind: inspect.Type) -> str:
    """Return what the documents call a type. Raises KeyError for one that none of them has."""
    if isinstance(kind, inspect.UnionType):
        kinds: Sequence[str] = [
            word_of(one) for one in kind.types if not isinstance(one, inspect.NoneType)
        ]
        return f"{' or '.join(kinds)} or null"
    if isinstance(kind, inspect.VarTupleType):
        of = {inspect.StrType: " of strings", inspect.IntType: " of integers"}
        return f"array{of.get(type(kind.item_type), '')}"
    return _WORDS[type(kind)]
