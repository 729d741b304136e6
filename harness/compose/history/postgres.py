"""An archive in a table of a PostgreSQL, which several machines share."""

from __future__ import annotations

from harness.compose.history.sql import PostgresSql
from harness.core.errors import LedgerUnreadable

_TABLE = """
CREATE TABLE IF NOT EXISTS history_archive (
    kind TEXT NOT NULL, name TEXT NOT NULL, content BYTEA NOT NULL, PRIMARY KEY (kind, name)
)
"""


class PostgresArchive:
    """An archive in the table ``history_archive``, made where there is none."""

    def __init__(self, sql: PostgresSql) -> None:
        """Make the table where there is none."""
        self._sql = sql
        if not sql.has_table("history_archive"):
            with sql.transaction():
                sql.rows(_TABLE)

    @property
    def place(self) -> str:
        return self._sql.place

    def names(self, kind: str) -> list[str]:
        statement = "SELECT name FROM history_archive WHERE kind = ? ORDER BY name"
        return [str(name) for (name,) in self._sql.rows(statement, (kind,))]

    def read(self, kind: str, name: str) -> bytes:
        statement = "SELECT content FROM history_archive WHERE kind = ? AND name = ?"
        found = self._sql.rows(statement, (kind, name))
        if not found:
            raise LedgerUnreadable(f"the history {self.place} has no {kind}/{name}")
        return bytes(found[0][0])

    def write(self, kind: str, name: str, content: bytes) -> None:
        statement = (
            "INSERT INTO history_archive VALUES (?, ?, ?) "
            "ON CONFLICT (kind, name) DO UPDATE SET content = excluded.content"
        )
        self._sql.rows(statement, (kind, name, content))

    def remove(self, kind: str, name: str) -> None:
        statement = "DELETE FROM history_archive WHERE kind = ? AND name = ?"
        self._sql.rows(statement, (kind, name))
