"""Runs of which one kind of rows is wrong in one way: left out, written twice, or with one field
that says something else."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.ledger.kinds import SERVER, WITNESSES
from harness.ledger.kinds.base import DETAIL
from harness.ledger.rundir import checksum

Row = dict[str, Any]
"""Column → value; what stands in the column ``detail`` as JSON is an object here."""
Change = Callable[[list[Row]], list[Row] | None]
"""Returns the rows of a kind as they are written wrongly; None where nothing would differ."""

RECEIPTS = "server.ndjson"
_MS = 1_000_000
_SHIFT_NS = 400 * _MS
"""A time that is wrong by this is wrong beyond what any check allows for clocks of one machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One thing that is wrong: ``kind`` of ``witness``, the ``field`` (empty: whole rows), how."""

    witness: str
    kind: str
    field: str
    how: str
    rows: int
    change: Change

    @property
    def name(self) -> str:
        """Return it in words, as the list of what is not noticed has it."""
        return "/".join(part for part in (self.witness, self.kind, self.field, self.how) if part)


class StoredRun:
    """The rows of a run directory, and copies of it in which some are other ones."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.rows: dict[str, list[Row]] = {}
        self._schemas: dict[str, pa.Schema] = {}
        for path in sorted(directory.glob("*.arrows")):
            with pa.OSFile(str(path), "rb") as source, pa.ipc.open_stream(source) as reader:
                table = reader.read_all()
            self._schemas[path.name] = reader.schema
            self.rows[path.name] = [_opened(row) for row in table.to_pylist()]
        lines = (directory / RECEIPTS).read_text(encoding="utf-8").splitlines()
        self.rows[RECEIPTS] = [json.loads(line) for line in lines]

    def mutants(self) -> Iterator[Mutant]:
        """Yield every mutant of every kind of rows that the run holds."""
        for file, rows in self.rows.items():
            for kind in sorted({_kind_of(row) for row in rows}):
                own = [row for row in rows if _kind_of(row) == kind]
                yield from _mutants(file.partition(".")[0], kind, own)

    def write(self, mutant: Mutant, to: Path) -> None:
        """Write a copy of the run with the mutant in place; its end counts what is there."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.directory, to, ignore=shutil.ignore_patterns("logs", "evidence"))
        file = next(name for name in self.rows if name.partition(".")[0] == mutant.witness)
        rows = self.rows[file]
        own = [place for place, row in enumerate(rows) if _kind_of(row) == mutant.kind]
        changed = mutant.change(copy.deepcopy([rows[place] for place in own])) or []
        if len(changed) == len(own):
            new = list(rows)
            for place, row in zip(own, changed, strict=True):
                new[place] = row
        else:
            others = [row for row in rows if _kind_of(row) != mutant.kind]
            new = sorted([*others, *changed], key=lambda row: row.get("mono_ns") or 0)
        self._write_rows(file, new, to)

    def _write_rows(self, file: str, rows: Sequence[Row], to: Path) -> None:
        if file == RECEIPTS:
            text = "".join(json.dumps(row) + "\n" for row in rows)
            (to / file).write_text(text, encoding="utf-8")
            return
        schema = self._schemas[file]
        table = pa.Table.from_pylist([_closed(row) for row in rows], schema=schema)
        with pa.OSFile(str(to / file), "wb") as sink, pa.ipc.new_stream(sink, schema) as out:
            out.write_table(table)
        end = json.loads((to / "end.json").read_text(encoding="utf-8"))
        end["rows"][file] = len(rows)
        end["crc32"][file] = checksum(to / file)
        (to / "end.json").write_text(json.dumps(end), encoding="utf-8")


def _kind_of(row: Mapping[str, Any]) -> str:
    return str(row.get("kind") or "")


def _opened(row: Row) -> Row:
    """Return a row whose detail is an object, where it is JSON."""
    detail = row.get(DETAIL)
    if isinstance(detail, str) and detail.startswith("{"):
        return {**row, DETAIL: json.loads(detail)}
    return row


def _closed(row: Row) -> Row:
    detail = row.get(DETAIL)
    return {**row, DETAIL: json.dumps(detail)} if isinstance(detail, dict) else row


def _mutants(witness: str, kind: str, rows: Sequence[Row]) -> Iterator[Mutant]:
    """Yield the mutants of one kind of rows."""

    def of(field: str, how: str, change: Change) -> Iterator[Mutant]:
        changed = change(copy.deepcopy(list(rows)))
        if changed is not None and changed != rows:
            yield Mutant(
                witness=witness, kind=kind, field=field, how=how, rows=len(rows), change=change
            )

    yield from of("", "none", lambda own: [])
    yield from of("", "half", lambda own: own[::2] if len(own) > 1 else None)
    yield from of("", "twice", _twice)
    yield from of("", "an earlier time", lambda own: [_at(row, -_SHIFT_NS) for row in own])
    yield from of("", "a later time", lambda own: [_at(row, _SHIFT_NS) for row in own])
    for field in _fields(rows):
        values = [_get(row, field) for row in rows]
        for how, change in _changes(field, values):
            yield from of(field, how, _in_field(field, change))


def _twice(own: list[Row]) -> list[Row]:
    """Return each row, and once more a millisecond later."""
    return [one for row in own for one in (row, _at(copy.deepcopy(row), _MS))]


def _at(row: Row, by_ns: int) -> Row:
    names = ("mono_ns", "wall_ns") if "mono_ns" in row else ()
    return {**row, **{name: row[name] + by_ns for name in names if row.get(name) is not None}}


def _fields(rows: Sequence[Row]) -> list[str]:
    """Return the fields that a row of the kind has, those of its detail as ``detail.NAME``."""
    found: dict[str, None] = {}
    for row in rows:
        for name, value in row.items():
            if name in ("kind", "format", "mono_ns", "wall_ns") or value is None:
                continue
            if isinstance(value, dict):
                found |= dict.fromkeys(f"{name}.{inner}" for inner in value)
            else:
                found[name] = None
    return list(found)


def _get(row: Mapping[str, Any], field: str) -> Any:
    outer, _, inner = field.partition(".")
    value = row.get(outer)
    return (value or {}).get(inner) if inner else value


def _set(row: Row, field: str, value: Any) -> Row:
    outer, _, inner = field.partition(".")
    if not inner:
        return {**row, field: value}
    return {**row, outer: {**(row[outer] or {}), inner: value}} if row.get(outer) else row


def _in_field(field: str, change: Callable[[list[Any]], list[Any]]) -> Change:
    """Return what changes one field of the rows that have it."""

    def changed(own: list[Row]) -> list[Row] | None:
        has = [place for place, row in enumerate(own) if _get(row, field) is not None]
        for place, value in zip(has, change([_get(own[p], field) for p in has]), strict=True):
            own[place] = _set(own[place], field, value)
        return own

    return changed


def _changes(
    field: str, values: Sequence[Any]
) -> Iterator[tuple[str, Callable[[list[Any]], list[Any]]]]:
    """Yield how the values of one field can be wrong, by their type."""
    known = [value for value in values if value is not None]
    first = known[0]
    yield "missing", lambda own: [None] * len(own)
    if isinstance(first, bool):
        yield "the opposite", lambda own: [not value for value in own]
    elif isinstance(first, int | float) and field.endswith("_ns"):
        yield "earlier", lambda own: [value - _SHIFT_NS for value in own]
        yield "later", lambda own: [value + _SHIFT_NS for value in own]
    elif isinstance(first, int | float):
        yield "one more", lambda own: [value + 1 for value in own]
        yield "three more", lambda own: [value + 3 for value in own]
        yield "one less", lambda own: [max(0, value - 1) for value in own]
        yield "the second half one more", _second_half_more
    elif isinstance(first, list):
        yield "without the last", lambda own: [value[:-1] for value in own]
        yield "with another", lambda own: [[*value, "no-such-id"] for value in own]
    elif isinstance(first, str):
        yield "another", lambda own: [f"{value}-other" for value in own]
    if len({json.dumps(value, sort_keys=True) for value in known}) > 1:
        yield "of the row before", lambda own: [*own[-1:], *own[:-1]]
        yield "always the first", lambda own: [own[0]] * len(own)
        yield "backwards", lambda own: own[::-1]


def _second_half_more(own: list[Any]) -> list[Any]:
    middle = len(own) // 2
    return [*own[:middle], *(value + 1 for value in own[middle:])]


def witnesses() -> frozenset[str]:
    """Return the names of all witnesses."""
    return frozenset({*WITNESSES, SERVER.name})
