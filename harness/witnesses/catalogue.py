"""What the database promises: its unique indexes and how durable its commits are.

A unique index keeps what a race would double, and a setting keeps what a crash would lose: neither
shows in the rows of a run that had no such race and no such crash. So the catalogue and the
settings are asked, at the beginning of a run and at its end.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from harness.core.clock import now
from harness.core.errors import HarnessError
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.database import (
    ROW_SECURITY,
    DatabaseRow,
    DatabaseSetting,
    UniqueIndex,
    UniqueIndexes,
)
from harness.target.session import connected
from harness.target.target import Table

SETTINGS = ("fsync", "synchronous_commit", "full_page_writes")

_INDEXES = """
SELECT c.relname::text, i.indisvalid AND i.indisready AND i.indislive, i.indpred IS NOT NULL,
    ARRAY(SELECT coalesce(a.attname::text, '')
          FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attribute, place)
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attribute
          WHERE k.place <= i.indnkeyatts ORDER BY k.place),
    EXISTS (SELECT FROM unnest(i.indcollation::oid[]) AS l (collation_id)
            JOIN pg_collation o ON o.oid = l.collation_id WHERE NOT o.collisdeterministic)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = to_regclass(%s) AND i.indisunique
"""
_HIDDEN = "SELECT row_security_active(to_regclass(%s))"
_SETTINGS = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"


class CatalogueWitness:
    """Asks over a connection of its own, each time a new one: that has today's settings."""

    def __init__(self, dsn: str, table: Table, witness: WitnessFile[DatabaseRow]) -> None:
        self._dsn = dsn
        self._table = table
        self._witness = witness

    async def ask(self) -> None:
        """Write down settings and, where the table's contract promises one, unique indexes.

        Raises HarnessError when the database does not answer.
        """
        try:
            async with await connected(self._dsn) as connection:
                await self._ask_settings(connection)
                if self._table.unique:
                    await self._ask_indexes(connection)
        except psycopg.Error as error:
            reason = " ".join(str(error).split())
            raise HarnessError(f"the database's catalogue cannot be read: {reason}") from error

    async def ask_again(self) -> None:
        """Do the same at the end of a run, where the database may be gone."""
        try:
            await self.ask()
        except HarnessError:
            return

    async def _ask_settings(self, connection: psycopg.AsyncConnection) -> None:
        cursor = await connection.execute(_SETTINGS, (list(SETTINGS),))
        for name, value in await cursor.fetchall():
            self._witness.saw(DatabaseSetting(name=str(name), value=str(value)))
        cursor = await connection.execute(_HIDDEN, (self._quoted(connection),))
        for (is_active,) in await cursor.fetchall():
            if is_active is not None:  # there is such a table
                value = "on" if is_active else "off"
                self._witness.saw(DatabaseSetting(name=ROW_SECURITY, value=value))

    def _quoted(self, connection: psycopg.AsyncConnection) -> str:
        return sql.Identifier(*self._table.name.split(".")).as_string(connection)

    async def _ask_indexes(self, connection: psycopg.AsyncConnection) -> None:
        name = self._quoted(connection)
        at = now()
        found = await (await connection.execute(_INDEXES, (name,))).fetchall()
        for index, is_valid, is_partial, columns, folds in found:
            self._witness.saw(
                UniqueIndex(
                    name=index,
                    columns=tuple(columns),
                    is_valid=is_valid,
                    is_partial=is_partial,
                    folds=folds,
                ),
                at=at,
            )
        promised = (self._table.user_column, self._table.artwork_column)
        self._witness.saw(UniqueIndexes(rows=len(found), promised=promised), at=at)
