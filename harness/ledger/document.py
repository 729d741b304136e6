"""The ledger's format as a page: every witness, kind and field, from the types that write it.

``python -m harness.ledger.document`` writes docs/ledger-format.md.
"""

from __future__ import annotations

import sys
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.ledger.kinds import SERVER, WITNESSES
from harness.ledger.kinds.base import DETAIL, IDS, KIND_COLUMN, Field, Kind, Witness
from harness.ledger.schema import FORMAT

PAGE = Path("docs/ledger-format.md")

_INTRODUCTION = f"""\
# The ledger's format

Written by `python -m harness.ledger.document` from the types in `harness/ledger/kinds`: change
them, not this page.

A run directory holds `run.json` (what was asked), `end.json` (how it ended), and what each witness
saw. Format {FORMAT}. Each witness but the server writes Arrow IPC *streams* (`<witness>.arrows`, or
`<witness>-<part>.arrows` where several processes do), a batch at most every half second; their
schema's metadata holds `witness` and `format`. The server's receipts are NDJSON, `server.ndjson`.

Every row is of one kind, named in its column `kind`. A column that does not apply to a kind is
null. What has no column of its own is in `detail`: as text, or as JSON. A member of that JSON that
is not required may be left out, and one that is not listed is ignored.

Reading leaves out, and names as a gap in the evidence, every row of an unknown kind, without what
its kind requires, with a value that is not listed here, or with a `detail` that does not decode;
and every column that is missing, unknown, or of another type. A run with a gap is not decided.
"""


def document() -> str:
    """Return the page, Markdown."""
    parts = [_INTRODUCTION]
    for witness in (*WITNESSES.values(), SERVER):
        parts += _witness(witness)
    return "\n".join(parts)


def _witness(witness: Witness[Any]) -> Iterator[str]:
    yield f"## {witness.name}\n"
    yield f"{witness.about}\n"
    if witness is SERVER:
        yield "The target writes it: [its contract](target-contract.md#5-receipts) says when.\n"
    yield "| column | type | meaning |\n|---|---|---|"
    for column in witness.columns:
        aside = " (not in files of older harnesses)" if column.is_new else ""
        yield f"| `{column.name}` | {_in_words(column.type)} | {column.about}{aside} |"
    yield ""
    alike: dict[tuple[str, ...], list[Kind[Any]]] = {}
    for kind in witness.kinds.values():
        alike.setdefault(tuple(map(_field, kind.fields)), []).append(kind)
    for fields, kinds in alike.items():
        yield from _kinds(witness, kinds, fields)


def _kinds(
    witness: Witness[Any], kinds: Sequence[Kind[Any]], fields: Sequence[str]
) -> Iterator[str]:
    """Yield kinds that have the same fields."""
    if KIND_COLUMN in witness.columns or len(witness.kinds) > 1:
        yield f"### {witness.name}: {', '.join(kind.name for kind in kinds)}\n"
        yield "| kind | type in `harness.ledger.kinds` | meaning |\n|---|---|---|"
        for kind in kinds:
            yield f"| `{kind.name}` | `{kind.type.__name__}` | {kind.about} |"
        yield ""
    if fields:
        yield "| field | in the file | type | meaning |\n|---|---|---|---|"
        yield from fields
        yield ""


def _field(field: Field) -> str:
    return f"| {_name(field)} | {_place(field)} | {_type(field)} | {_meaning(field)} |"


def _in_words(type_: pa.DataType) -> str:
    return "list of strings" if type_ == IDS else str(type_)


def _name(field: Field) -> str:
    required = " *required*" if field.required else ""
    return f"`{field.attribute}`{required}"


def _place(field: Field) -> str:
    return f"`{field.name}`" if field.column else f"`{DETAIL}.{field.name}`"


def _type(field: Field) -> str:
    if field.values is not None:
        return ", ".join(f"`{value}`" for value in sorted(field.values))
    if field.column is not None and (field.name != DETAIL or field.type is str):
        return _in_words(field.column.type)
    plain = {str: "string", int: "integer", float: "number", bool: "boolean", Any: "any JSON"}
    if field.type in plain:
        return plain[field.type]
    return "array of strings" if typing.get_origin(field.type) is tuple else "object"


def _meaning(field: Field) -> str:
    return field.about.replace("|", "\\|")


def main() -> int:
    """Write the page beside the sources that it documents."""
    root = Path(__file__).resolve().parents[2]
    (root / PAGE).write_text(document(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
