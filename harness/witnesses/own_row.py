"""The harness's own row in the target's table: a read that does not find it was of another table.

A final read of another schema, or of a table that only has the same name, shows no impression, and
would make the target lose everything. The row is written before the first read. A second one is
written just before the final read: where that does not find it, it shows the table as it was
before (a replica that lags, a snapshot that was taken too early). Both are taken out of what every
read finds, count as no impression and are never asked for by a client. So are ids of every
likeness (``harness.target.neighbours``), written at the beginning for one more user: a read that
folds, trims or cuts what it reads returns fewer of them than the table holds, and a table that does
the same holds fewer than were written.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, NamedTuple

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
    OwnShapes,
    OwnTime,
    Relations,
)
from harness.target.target import Table

OWN_USER = "impression-harness-own-row-"
"""How the user of every such row begins; what follows tells one harness from another."""
OWN_ARTWORK = "own-row"
_LAST = "-last"
_SHAPES = "-Shapes \u00c4 "
"""Has capital letters, a space and an accent: a user, too, must come back as written."""
_NAMED = 4

_RELATIONS = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1
"""

Ask = Callable[..., Awaitable[list[tuple[Any, ...]]]]
"""Runs a query with its parameters and returns its rows."""


class OwnRowsFound(NamedTuple):
    """How often a read found the harness's own row, and the one that is written last, None where
    that has not been written; how many of the ids of every likeness; and when its own row was
    viewed, as it was read, 0 where it was not found."""

    first: int
    last: int | None
    shapes: int = 0
    viewed_wall_ns: int = 0


class OwnRowProof:
    """One run's rows. Without ``write`` nothing is expected of any read."""

    def __init__(
        self, table: Table, witness: WitnessFile[DatabaseRow], shapes: Sequence[str] = ()
    ) -> None:
        """``shapes`` are the ids that must come back as they are."""
        self.user = f"{OWN_USER}{secrets.token_hex(8)}"
        self.last_user = f"{self.user}{_LAST}"
        self.shapes_user = f"{self.user}{_SHAPES}"
        self._shapes = frozenset(shapes)
        self.is_written = False
        self._lasts = 0
        self._table = table
        self._witness = witness
        self._relations: dict[str, tuple[str, ...]] = {}
        self._others: set[str] = set()

    @property
    def condition(self) -> sql.Composed:
        """Return the condition that is true of this run's rows alone."""
        return sql.SQL("({}) OR ({}) OR ({})").format(
            self.first, self._is(self.last_user), self._is(self.shapes_user)
        )

    @property
    def first(self) -> sql.Composed:
        """Return the condition that is true of the first row alone."""
        return self._is(self.user)

    def _is(self, owner: str) -> sql.Composed:
        user = sql.Identifier(self._table.user_column)
        return sql.SQL("{user} = {own}").format(user=user, own=sql.Literal(owner))

    async def write(self, ask: Ask) -> None:
        """Write the row, and the ids of every likeness. Raises HarnessError when the table does not
        take them."""
        await self._insert(ask, self.user)
        self.is_written = True
        if self._shapes:
            await self._insert(ask, self.shapes_user)

    async def write_last(self, ask: Ask) -> None:
        """Write the row that the next read must find. Raises HarnessError as ``write`` does."""
        self._lasts += 1
        await self._insert(ask, self.last_user)

    @property
    def _last_artwork(self) -> str:
        return f"{OWN_ARTWORK}-{self._lasts}"

    async def _insert(self, ask: Ask, owner: str) -> None:
        artwork = OWN_ARTWORK if owner == self.user else self._last_artwork
        ids = sorted(self._shapes) if owner == self.shapes_user else [artwork]
        try:
            written = await ask(self._inserted(lenient=owner == self.shapes_user), owner, ids)
        except psycopg.Error as error:
            raise HarnessError(
                f"{self._table.name} takes no row of the harness: {' '.join(str(error).split())}",
                hint="May this user insert? Else leave `own_row` out of the system's capabilities",
            ) from error
        # A trigger may drop what is inserted without an error: the reads then do not find it.
        relation = written[0] if written else tuple(self._table.name.split("."))
        self._relations[owner] = relation
        if owner != self.shapes_user:
            self._witness.saw(
                OwnRowWritten(user=owner, artwork=artwork, relation=".".join(relation))
            )

    def _inserted(self, *, lenient: bool) -> sql.Composed:
        """Return the statement; a lenient one leaves out what the table takes for a row it has."""
        return sql.SQL(
            "WITH written AS (INSERT INTO {table} ({user}, {artwork}, {viewed}) "
            # No two views have one moment: a table that takes only one of them is no broken run.
            "SELECT %s::text, id, now() + n * interval '1 microsecond' "
            "FROM unnest(%s::text[]) WITH ORDINALITY AS ids(id, n) {conflict}"
            "RETURNING tableoid) "
            "SELECT DISTINCT n.nspname, c.relname FROM written w "
            "JOIN pg_class c ON c.oid = w.tableoid JOIN pg_namespace n ON n.oid = c.relnamespace"
        ).format(
            table=sql.Identifier(*self._table.name.split(".")),
            user=sql.Identifier(self._table.user_column),
            artwork=sql.Identifier(self._table.artwork_column),
            viewed=sql.Identifier(self._table.viewed_column),
            # Of ids that the table makes alike one is kept: it is the table that is wrong.
            conflict=sql.SQL("ON CONFLICT DO NOTHING " if lenient else ""),
        )

    def take_out(
        self, rows: MutableMapping[tuple[str, str], tuple[int, int]]
    ) -> OwnRowsFound | None:
        """Take every harness's rows out of what a read found, and record those of others; return
        how many are this run's, None if it has written none."""
        found = {self.user: 0, self.last_user: 0}
        shapes, viewed_wall_ns = 0, 0
        for key in [key for key in rows if key[0].startswith(OWN_USER)]:
            copies, at_ns = rows.pop(key)
            if key[0] == self.user:
                viewed_wall_ns = at_ns
            if key[0] in found:
                found[key[0]] += copies
            elif key[0].startswith(self.user):  # of ours, and perhaps not as it was written
                shapes += key[0] == self.shapes_user and key[1] in self._shapes
            elif (other := key[0].removesuffix(_LAST)) not in self._others:
                self._others.add(other)
                self._witness.saw(OtherOwnRow(user=other, artwork=key[1]))
        if not self.is_written:
            return None
        # Whatever a trigger made of their ids, each last row is one more.
        last = max(0, found[self.last_user] - self._lasts + 1) if self._lasts else None
        return OwnRowsFound(found[self.user], last, shapes, viewed_wall_ns)

    async def compare_shapes(self, ask: Ask, at: Instant, found: OwnRowsFound | None) -> None:
        """Record how many ids of every likeness a read found, and how many the table holds."""
        if found is None or not self._shapes:
            return
        # As bytes: the column may take different texts for equal.
        stored = sql.SQL(
            "SELECT encode(convert_to({artwork}::text, 'UTF8'), 'hex') FROM {table} "
            "WHERE encode(convert_to({user}::text, 'UTF8'), 'hex') = %s"
        ).format(
            table=sql.Identifier(*self._relations[self.shapes_user]),
            user=sql.Identifier(self._table.user_column),
            artwork=sql.Identifier(self._table.artwork_column),
        )
        there = {hexed for (hexed,) in await ask(stored, self.shapes_user.encode().hex())}
        changed = sorted(one for one in self._shapes if one.encode().hex() not in there)
        row = OwnShapes(
            rows=found.shapes,
            written=len(self._shapes),
            kept=len(self._shapes) - len(changed),
            changed=tuple(changed[:_NAMED]),
        )
        self._witness.saw(row, at=at)

    async def compare_time(self, ask: Ask, at: Instant, found: OwnRowsFound | None) -> None:
        """Record when the harness's own row was viewed: as a read returned it, and by the
        database's own arithmetic; nothing where the read did not find it."""
        if found is None or not found.viewed_wall_ns:
            return
        stored = sql.SQL(
            "SELECT (extract(epoch FROM min({viewed})) * 1000000)::bigint FROM {table} WHERE {own}"
        ).format(
            viewed=sql.Identifier(self._table.viewed_column),
            table=sql.Identifier(*self._relations[self.user]),
            own=self.first,
        )
        [(us,)] = await ask(stored)
        if us is not None:
            self._witness.saw(
                OwnTime(read_wall_ns=found.viewed_wall_ns, stored_wall_ns=int(us) * 1000), at=at
            )

    async def look_for_missing(self, ask: Ask, at: Instant, found: OwnRowsFound | None) -> None:
        """Record which rows a read did not find, and whether the relation that took them has
        them."""
        if found and found.first == 0:
            await self._missed(ask, at, self.user)
        if found and found.last == 0:
            await self._missed(ask, at, self.last_user)

    async def _missed(self, ask: Ask, at: Instant, owner: str) -> None:
        kept = sql.SQL("SELECT count(*) FROM {table} WHERE {own}").format(
            table=sql.Identifier(*self._relations[owner]), own=self._is(owner)
        )
        try:
            [(count,)] = await ask(kept)
        except psycopg.errors.UndefinedTable:
            count = 0
        row = OwnRowUnseen(user=owner, artwork=OWN_ARTWORK, is_kept=bool(count))
        self._witness.saw(row, at=at)

    async def name_relations(self, ask: Ask) -> None:
        """Record every relation of the table's name, in whatever schema."""
        found = await ask(_RELATIONS, self._table.name.split(".")[-1])
        names = tuple(str(name) for (name,) in found)
        self._witness.saw(Relations(rows=len(names), names=names))
