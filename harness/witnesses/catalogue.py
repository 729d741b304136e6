"""What the database promises: its unique indexes and how durable its commits are.

A unique index keeps what a race would double, and a setting keeps what a crash would lose: neither
shows in the rows of a run that had no such race and no such crash. So the catalogue and the
settings are asked, at the beginning of a run and at its end. What a session sets for itself no
other can ask; but a session whose commits do not wait writes into the log and never waits for the
disk, and PostgreSQL 18 counts both by session.
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
    SessionsCommitted,
    UniqueIndex,
    UniqueIndexes,
)
from harness.target.session import APPLICATION, connected
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
_COUNTS_BY_SESSION = "SELECT to_regprocedure('pg_stat_get_backend_wal(integer)') IS NOT NULL"
_COMMITTED = """
SELECT a.usename::text, count(*), sum(w.wal_records)::bigint, sum(i.flushes)::bigint
FROM pg_stat_activity a
CROSS JOIN LATERAL pg_stat_get_backend_wal(a.pid) w
CROSS JOIN LATERAL (
    SELECT sum(coalesce(writes, 0) + coalesce(fsyncs, 0)) AS flushes
    FROM pg_stat_get_backend_io(a.pid) WHERE object = 'wal') i
WHERE a.datname = current_database() AND a.backend_type = 'client backend'
  AND a.application_name <> %s AND w.wal_records > 0 AND i.flushes IS NOT NULL
GROUP BY 1 ORDER BY 1
"""


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
        """Do the same at the end of a run, where the database may be gone; and write down what the
        sessions of others wrote meanwhile, where the database counts it."""
        try:
            await self.ask()
            async with await connected(self._dsn) as connection:
                await self._ask_sessions(connection)
        except (HarnessError, psycopg.Error):
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

    async def _ask_sessions(self, connection: psycopg.AsyncConnection) -> None:
        counts = await (await connection.execute(_COUNTS_BY_SESSION)).fetchone()
        if counts != (True,):
            return
        cursor = await connection.execute(_COMMITTED, (APPLICATION,))
        for role, sessions, records, flushes in await cursor.fetchall():
            self._witness.saw(
                SessionsCommitted(
                    role=str(role),
                    sessions=int(sessions),
                    wal_records=int(records),
                    wal_flushes=int(flushes),
                )
            )

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
