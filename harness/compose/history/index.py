"""The index: a history's cells and figures as SQL tables, made again whenever it is not whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from harness.compose.history.sql import Sql
from harness.ledger.history.facts import CellFacts, SuiteFacts, canonical
from harness.ledger.json_files import decode_record

T = TypeVar("T")

VERSION = 1
"""Of the tables; an index of another version is made again."""

_TABLES = ("history_figures", "history_cells", "history_suites", "history_index")
_WHERE = Path("the index")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSuite:
    """A suite of the history and the digest that it is known by."""

    digest: str
    facts: SuiteFacts


class Index:
    """The tables of a history's suites."""

    def __init__(self, sql: Sql) -> None:
        """Make the tables where there are none, or those of another version."""
        self._sql = sql
        self._make()

    def clear(self) -> None:
        """Forget every suite."""
        with self._sql.transaction():
            for table in _TABLES:
                self._sql.rows(f"DROP TABLE IF EXISTS {table}")
        self._make()

    def digests(self) -> dict[str, str]:
        """Return digest → plan of every suite."""
        return {
            str(d): str(p) for d, p in self._sql.rows("SELECT digest, plan FROM history_suites")
        }

    def add(self, digest: str, facts: SuiteFacts) -> None:
        """Take a suite in, in one transaction; one that is there already is left as it is."""
        with self._sql.transaction():
            if self._sql.rows("SELECT 1 FROM history_suites WHERE digest = ?", (digest,)):
                return
            head = _text(replace(facts, cells=()))
            self._sql.rows(
                "INSERT INTO history_suites VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    digest,
                    facts.plan,
                    facts.suite,
                    facts.started,
                    facts.revision,
                    facts.verdict,
                    head,
                ),
            )
            self._sql.many(
                "INSERT INTO history_cells VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        digest,
                        number,
                        cell.scenario,
                        cell.arm,
                        str(cell.seed),
                        cell.verdict,
                        _text(replace(cell, figures={})),
                    )
                    for number, cell in enumerate(facts.cells)
                ],
            )
            self._sql.many(
                "INSERT INTO history_figures VALUES (?, ?, ?, ?)",
                [
                    (digest, number, figure, value)
                    for number, cell in enumerate(facts.cells)
                    for figure, value in cell.figures.items()
                ],
            )

    def forget(self, digests: Iterable[str]) -> None:
        """Take suites out."""
        with self._sql.transaction():
            rows = [(digest,) for digest in digests]
            self._sql.many("DELETE FROM history_figures WHERE digest = ?", rows)
            self._sql.many("DELETE FROM history_cells WHERE digest = ?", rows)
            self._sql.many("DELETE FROM history_suites WHERE digest = ?", rows)

    def heads(self) -> list[StoredSuite]:
        """Return every suite without its cells, in the order of their starts."""
        rows = self._sql.rows("SELECT digest, facts FROM history_suites ORDER BY started, digest")
        return [StoredSuite(digest=d, facts=_decoded(f, SuiteFacts)) for d, f in rows]

    def whole(self, heads: Sequence[StoredSuite]) -> list[StoredSuite]:
        """Return these suites with their cells and figures."""
        return [self._filled(head) for head in heads]

    def _filled(self, head: StoredSuite) -> StoredSuite:
        figures: dict[int, dict[str, float]] = {}
        for number, figure, value in self._sql.rows(
            "SELECT number, figure, value FROM history_figures WHERE digest = ?", (head.digest,)
        ):
            figures.setdefault(int(number), {})[str(figure)] = float(value)
        rows = self._sql.rows(
            "SELECT number, facts FROM history_cells WHERE digest = ? ORDER BY number",
            (head.digest,),
        )
        cells = tuple(
            replace(_decoded(text, CellFacts), figures=figures.get(int(number), {}))
            for number, text in rows
        )
        return StoredSuite(digest=head.digest, facts=replace(head.facts, cells=cells))

    def _make(self) -> None:
        with self._sql.transaction():
            if self._version() not in (None, VERSION):
                for table in _TABLES:
                    self._sql.rows(f"DROP TABLE IF EXISTS {table}")
            text = files("harness.compose.history").joinpath("schema.sql").read_text("utf-8")
            for statement in text.split(";"):
                if "CREATE" in statement:
                    self._sql.rows(statement[statement.index("CREATE") :])
            if self._version() is None:
                self._sql.rows("INSERT INTO history_index VALUES (?)", (VERSION,))

    def _version(self) -> int | None:
        """Return the tables' version, None where there are none."""
        if not self._sql.has_table("history_index"):
            return None
        found = self._sql.rows("SELECT version FROM history_index")
        return int(found[0][0]) if found else None


def _text(record: SuiteFacts | CellFacts) -> str:
    return canonical(record).decode()


def _decoded(text: str, kind: type[T]) -> T:
    return decode_record(text.encode(), kind, _WHERE)
