"""The harness's own row in the target's table: a read that does not find it was of another table.

A final read of another schema, or of a table that only has the same name, shows no impression, and
would make the target lose everything. The row is written before the first read; it is taken out of
what every read finds, counts as no impression and is never asked for by a client.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import psycopg
from psycopg import sql

from harness.core.clock import Instant
from harness.core.errors import HarnessError
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.database import (
    DatabaseRow,
    OtherOwnRow,
    OwnRowUnseen,
    OwnRowWritten,
    Relations,
)
from harness.target.target import Table

OWN_USER = "impression-harness-own-row-"
"""How the user of every such row begins; what follows tells one harness from another."""
OWN_ARTWORK = "own-row"

_RELATIONS = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1
"""

Ask = Callable[..., Awaitable[list[tuple[Any, ...]]]]
"""Runs a query with its parameters and returns its rows."""


class OwnRowProof:
    """One run's row. Without ``write`` nothing is expected of any read."""

    def __init__(self, table: Table, witness: WitnessFile[DatabaseRow]) -> None:
        self.user = f"{OWN_USER}{secrets.token_hex(8)}"
        self.is_written = False
        self._table = table
        self._witness = witness
        self._relation: tuple[str, ...] = ()
        self._others: set[str] = set()

    @property
    def condition(self) -> sql.Composed:
        """Return the condition that is true of this row alone."""
        user = sql.Identifier(self._table.user_column)
        return sql.SQL("{user} = {own}").format(user=user, own=sql.Literal(self.user))

    async def write(self, ask: Ask) -> None:
        """Write the row. Raises HarnessError when the table does not take it."""
        insert = sql.SQL(
            "WITH written AS (INSERT INTO {table} ({user}, {artwork}, {viewed}) "
            "VALUES (%s, %s, now()) RETURNING tableoid) SELECT n.nspname, c.relname FROM written w "
            "JOIN pg_class c ON c.oid = w.tableoid JOIN pg_namespace n ON n.oid = c.relnamespace"
        ).format(
            table=sql.Identifier(*self._table.name.split(".")),
            user=sql.Identifier(self._table.user_column),
            artwork=sql.Identifier(self._table.artwork_column),
            viewed=sql.Identifier(self._table.viewed_column),
        )
        try:
            [self._relation] = await ask(insert, self.user, OWN_ARTWORK)
        except psycopg.Error as error:
            raise HarnessError(
                f"{self._table.name} takes no row of the harness: {' '.join(str(error).split())}",
                hint="May this user insert? Else leave `own_row` out of the system's capabilities",
            ) from error
        self.is_written = True
        relation = ".".join(self._relation)
        self._witness.saw(OwnRowWritten(user=self.user, artwork=OWN_ARTWORK, relation=relation))

    def take_out(self, rows: MutableMapping[tuple[str, str], tuple[int, int]]) -> int | None:
        """Take every harness's rows out of what a read found, and record those of others; return
        how many are this run's, None if it has written none."""
        found = 0
        for key in [key for key in rows if key[0].startswith(OWN_USER)]:
            copies, _ = rows.pop(key)
            if key[0] == self.user:
                found += copies
            elif key[0] not in self._others:
                self._others.add(key[0])
                self._witness.saw(OtherOwnRow(user=key[0], artwork=key[1]))
        return found if self.is_written else None

    async def missed(self, ask: Ask, at: Instant) -> None:
        """Record that a read did not find the row, and whether the relation that took it has it."""
        kept = sql.SQL("SELECT count(*) FROM {table} WHERE {own}").format(
            table=sql.Identifier(*self._relation), own=self.condition
        )
        try:
            [(count,)] = await ask(kept)
        except psycopg.errors.UndefinedTable:
            count = 0
        row = OwnRowUnseen(user=self.user, artwork=OWN_ARTWORK, is_kept=bool(count))
        self._witness.saw(row, at=at)

    async def name_relations(self, ask: Ask) -> None:
        """Record every relation of the table's name, in whatever schema."""
        found = await ask(_RELATIONS, self._table.name.split(".")[-1])
        names = tuple(str(name) for (name,) in found)
        self._witness.saw(Relations(rows=len(names), names=names))
