"""The database witness: what is stored, read past the server over a connection of our own.

While the run goes on the whole table is read again and again, and only the differences are
recorded: an impression that appeared, one that vanished, and a ``poll`` row for every read, so
that "nothing changed" differs from "not read". A read takes at most a twentieth of the
time, for the witness must not become the load; only a flood, whose reads take half a second and
more, is still begun to be read every ten seconds, as long as half of the time is left for rest.

Once the table is large (``WHOLE_MAX`` rows) a poll reads the rows that were written since the one
before (``harness.witnesses.truth.newest``) and counts all: when the count is what was known and the
new ones, nothing vanished; when it is not, the whole table is read. The final read is always whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from harness.core.clock import Instant, now
from harness.core.errors import HarnessError, WaitTimeout
from harness.core.wait import wait_until
from harness.ledger.files import WitnessFile
from harness.ledger.kinds import DATABASE
from harness.ledger.kinds.database import (
    Appeared,
    DatabaseRow,
    Final,
    FinalRow,
    LogSentinel,
    Poll,
    RoadmapQuery,
    RoadmapQueryRow,
    StoredRow,
    Vanished,
    Violations,
)
from harness.target.session import connected
from harness.target.target import Table
from harness.witnesses.own_row import OwnRowProof, OwnRowsFound
from harness.witnesses.truth.newest import NewestRows

POLL_INTERVAL_S = 0.25
WHOLE_MAX = 20_000
_SHARE = 20  # a read of T seconds is followed by 20 T of rest, at least ...
_EVERY_S = 10.0  # ... but the next one begins so long after it began, or after 2 T

UNIQUE_VIOLATION = "23505"
_SQLSTATE = re.compile(
    r"^\S+ \S+ \S+ \[\d+\] ([0-9A-Z]{5}) (?:ERROR|FATAL|LOG|WARNING):(.*)$", re.M
)
"""A line as ``log_line_prefix = '%m [%p] %e '`` begins it, and its message."""
_SENTINEL_S = 5.0
"""How long the log may take to show what was done on purpose."""

_NONE = sql.SQL("false")

Key = tuple[str, str]
Rows = dict[Key, tuple[int, int]]
"""(user, artwork) → copies, and when it was viewed (wall-clock ns)."""


def rest_s(read_s: float) -> float:
    """Return for how many seconds the witness rests after a read of ``read_s`` seconds."""
    return min(max(POLL_INTERVAL_S, _SHARE * read_s), max(_EVERY_S - read_s, read_s))


class DatabaseWitness:
    """Polls the impression table in a task; ``final`` makes the last, complete read."""

    def __init__(
        self,
        dsn: str,
        table: Table,
        witness: WitnessFile[DatabaseRow],
        *,
        own_row: bool = False,
        own_shapes: Sequence[str] = (),
    ) -> None:
        """Watch a table; with ``own_row`` by a row of the harness's own, which every read shows,
        and by one for each of the ids ``own_shapes``, which the final read must show unchanged."""
        self._dsn = dsn
        self._writes_own_row = own_row
        self._own = OwnRowProof(table, witness, own_shapes)
        self._witness = witness
        own = self._own.condition if own_row else _NONE
        self._newest = NewestRows(table)
        self._query = _on(
            table,
            "SELECT {user}, {artwork}, count(*), min({viewed}) "
            "FROM {table} GROUP BY {user}, {artwork}",
        )
        self._total = _on(table, "SELECT count(*) FROM {table} WHERE ({own}) IS NOT TRUE", own=own)
        self._table = table
        self._roadmap_query = _on(
            table,
            "SELECT {user}, {artwork}, COUNT(*) FROM {table} "
            "GROUP BY {user}, {artwork} HAVING COUNT(*) > 1",
        )
        self._sentinels: dict[str, Instant] = {}
        self._known: Counter[Key] = Counter()
        self._stored = 0
        self._polls = 0
        self._connection: psycopg.AsyncConnection | None = None
        self._connecting = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    async def start(self) -> None:
        """Connect and start polling. Raises HarnessError when the database is unreachable, or does
        not take the harness's own row."""
        await self.connection()
        if self._writes_own_row:
            await self._own.name_relations(self.ask)
            await self._own.write(self.ask)
        self._task = asyncio.create_task(self._poll_forever())

    async def stop(self) -> None:
        """Stop polling and close the connection."""
        self._stop.set()
        if self._task is not None:
            await self._task
            self._task = None
        if self._connection is not None:
            await self._connection.close()

    def failure(self) -> str:
        """Return why it polls no longer although it was not stopped; empty while it does."""
        if self._task is None or not self._task.done() or self._stop.is_set():
            return ""
        error = None if self._task.cancelled() else self._task.exception()
        return f"its task ended: {error!r}"

    async def count(self) -> int:
        """Return the number of stored rows now."""
        row = (await self.ask(self._total))[0]
        return int(row[0])

    async def holds(self, impressions: Iterable[Key]) -> bool:
        """Return whether every one of the impressions is stored now."""
        wanted = set(impressions)
        if await self.count() < len(wanted):
            return False
        rows, _ = await self._read()
        return wanted <= rows.keys()

    async def active_inserts(self) -> int:
        """Return how many statements of other connections to this database are running."""
        connection = await self.connection()
        cursor = await connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND state = 'active' AND backend_type = 'client backend'"
        )
        row = await cursor.fetchone()
        return int(row[0]) if row else 0

    async def final(self) -> int:
        """Read the whole table and record every row; return the number of rows.

        Raises HarnessError when the table takes no row of the harness's own.
        """
        if self._writes_own_row:
            await self._own.write_last(self.ask)
        at, polls = now(), self._polls
        rows, own = await self._read()
        self._note_changes(at, rows)
        total = sum(copies for copies, _ in rows.values())
        self._note(at, FinalRow, rows)
        final = Final(
            rows=total,
            own_rows=own and own.first,
            last_own_rows=own and own.last,
            counted=await self.count(),
            polls=polls,
        )
        self._witness.saw(final, at=at)
        await self._own.look_for_missing(self.ask, at, own)
        await self._own.compare_shapes(self.ask, at, own)
        await self._own.compare_time(self.ask, at, own)
        await self._ask_roadmap_query()
        if self._writes_own_row:
            await self._own.name_relations(self.ask)
        return total

    async def violate(self) -> None:
        """Violate a unique constraint on purpose, in a temporary table of this connection.

        It is a sentinel: a log that does not show it would not have shown another's either. Once
        before anything is written and once after everything it proves that the log is whole.
        """
        at = now()
        name = f"harness_sentinel_{at.mono_ns}"
        table = sql.SQL("CREATE TEMPORARY TABLE {} (n integer CONSTRAINT {} PRIMARY KEY)")
        insert = sql.SQL("INSERT INTO {} VALUES (1), (1)").format(sql.Identifier(f"{name}_on"))
        connection = await self.connection()
        await connection.execute(table.format(sql.Identifier(f"{name}_on"), sql.Identifier(name)))
        with contextlib.suppress(psycopg.errors.UniqueViolation):
            await connection.execute(insert)
        await connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(f"{name}_on")))
        self._sentinels[name] = at

    async def violations(self, log: Path) -> None:
        """Count the unique violations in the database's own log, and write the number down.

        Our own (``violate``) are not among them: for each is written down whether the log shows it.
        A log without a single line that names an SQLSTATE is no evidence, and nothing is written.
        """
        found: list[tuple[str, str]] = []

        async def shows_ours() -> bool:
            nonlocal found
            text = await asyncio.to_thread(log.read_text, errors="replace")
            found = _SQLSTATE.findall(text)
            return all(_is_in(found, name) for name in self._sentinels)

        with contextlib.suppress(WaitTimeout):  # what it does not show is written down just below
            await wait_until("the log shows what was done", shows_ours, timeout_s=_SENTINEL_S)
        if not found:
            return
        for name, at in self._sentinels.items():
            self._witness.saw(LogSentinel(is_logged=_is_in(found, name)), at=at)
        others = [words for state, words in found if state == UNIQUE_VIOLATION]
        count = sum(not any(f'"{name}"' in words for name in self._sentinels) for words in others)
        self._witness.saw(Violations(count=count))

    async def _ask_roadmap_query(self) -> None:
        """Run the query that the roadmap runs after every test; its rows are an observation."""
        at = now()
        cursor = await (await self.connection()).execute(self._roadmap_query)
        found = await cursor.fetchall()
        for user, artwork, copies in found:
            row = RoadmapQueryRow(user=str(user), artwork=str(artwork), copies=copies)
            self._witness.saw(row, at=at)
        self._witness.saw(RoadmapQuery(rows=len(found)), at=at)

    async def _poll_forever(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            with contextlib.suppress(psycopg.Error, HarnessError):
                # A poll that fails leaves no ``poll`` row: PostgreSQL may be down.
                at = now()
                own = await self._look(at)
                # The last row may have been written since this read began; only the final read
                # must find it.
                own = own and own._replace(last=None)
                self._polls += 1
                first = own and own.first
                poll = Poll(rows=self._stored, own_rows=first, number=self._polls)
                self._witness.saw(poll, at=at)
                await self._own.look_for_missing(self.ask, at, own)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), rest_s(time.monotonic() - began))

    def _note_changes(self, at: Instant, rows: dict[Key, tuple[int, int]]) -> None:
        # ``at`` was taken before the read was sent. What is gone was gone by then; what is there
        # was there by the end of the read, which is now. A poll's own time is its beginning: a row
        # that it does not see was not committed before that.
        seen = now()
        new = {key: row for key, row in rows.items() if self._known[key] != row[0]}
        self._note(seen, Appeared, new)
        for key in self._known.keys() - rows.keys():
            self._witness.saw(Vanished(user=key[0], artwork=key[1]), at=at)
        self._known = Counter({key: copies for key, (copies, _) in rows.items()})
        self._stored = self._known.total()

    async def _look(self, at: Instant) -> OwnRowsFound | None:
        """Record what has changed since the last look: by the newest rows, if these suffice.

        Return how many rows of the harness's own were there, None if it has written none.
        """
        if self._stored < WHOLE_MAX:
            return await self._look_at_all(at)
        condition, since = await self._newest.begin(self.ask)
        found = await self.ask(self._recent(condition), since)
        rows = by_key(row for row in found if row[2] is not None)
        self._own.take_out(rows)
        more = sum(copies - self._known[key] for key, (copies, _) in rows.items())
        if found[0][4] != self._stored + more:
            return await self._look_at_all(at)
        new = {key: row for key, row in rows.items() if self._known[key] != row[0]}
        self._note(now(), Appeared, new)
        self._known.update({key: copies - self._known[key] for key, (copies, _) in new.items()})
        self._stored += more
        return OwnRowsFound(int(found[0][5]), None) if self._own.is_written else None

    def _recent(self, condition: sql.Composable) -> sql.Composed:
        """Return the query for the newest rows, with how many there are in all and of ours: one
        statement, one snapshot. Where none is new, one row comes back with the two counts."""
        is_written = self._writes_own_row
        return _on(
            self._table,
            "SELECT n.*, c.* FROM (SELECT "
            "(SELECT count(*) FROM {table} WHERE ({own}) IS NOT TRUE), "
            "(SELECT count(*) FROM {table} WHERE {first})) c LEFT JOIN "
            "(SELECT {user}, {artwork}, count(*), min({viewed}) FROM {table} WHERE {new} "
            "GROUP BY {user}, {artwork}) n ON true",
            own=self._own.condition if is_written else _NONE,
            first=self._own.first if is_written else _NONE,
            new=condition,
        )

    async def _look_at_all(self, at: Instant) -> OwnRowsFound | None:
        rows, own = await self._read()
        self._note_changes(at, rows)
        return own

    def _note(self, at: Instant, kind: type[StoredRow], rows: Rows) -> None:
        count = len(rows)
        if not count:
            return
        columns = {
            "mono_ns": np.full(count, at.mono_ns),
            "wall_ns": np.full(count, at.wall_ns),
            "user": [user for user, _ in rows],
            "artwork": [artwork for _, artwork in rows],
            "copies": [copies for copies, _ in rows.values()],
            "viewed_wall_ns": [viewed_ns for _, viewed_ns in rows.values()],
        }
        self._witness.append(DATABASE.batch(kind, columns, count))

    async def _read(self) -> tuple[Rows, OwnRowsFound | None]:
        """Return every impression in the table, and how many rows are the harness's own."""
        rows = by_key(await self.ask(self._query))
        own = self._own.take_out(rows)
        return rows, own

    async def ask(self, query: sql.Composed | str, *parameters: object) -> list[tuple[Any, ...]]:
        """Return the rows of a statement on this database. Raises psycopg.Error, HarnessError."""
        connection = await self.connection()
        try:
            cursor = await connection.execute(query, parameters)
        except psycopg.OperationalError:
            if not connection.closed:
                raise
            # PostgreSQL was restarted since the last read; this read uses the new one.
            cursor = await (await self.connection()).execute(query, parameters)
        return await cursor.fetchall()

    async def connection(self) -> psycopg.AsyncConnection:
        """Return the connection to this database. Raises HarnessError where it is away."""
        async with self._connecting:  # after a restart polls and other reads want one at once
            if self._connection is None or self._connection.closed:
                try:
                    self._connection = await connected(self._dsn)
                except psycopg.Error as error:
                    raise HarnessError(
                        f"the database witness cannot connect: {' '.join(str(error).split())}",
                        hint="Is PostgreSQL up, and may this user connect?",
                    ) from error
            # The server says so itself when a session begins, and again when it is promoted.
            if self._connection.info.parameter_status("in_hot_standby") == "on":
                raise HarnessError(
                    "the database witness is connected to what is a replica: that does not say "
                    "what is stored"
                )
            return self._connection


def _on(table: Table, query: str, **parts: sql.Composable) -> sql.Composed:
    """Return the query for a table, with the conditions that it names."""
    return sql.SQL(query).format(
        user=sql.Identifier(table.user_column),
        artwork=sql.Identifier(table.artwork_column),
        viewed=sql.Identifier(table.viewed_column),
        table=sql.Identifier(*table.name.split(".")),
        **parts,
    )


def _is_in(found: Iterable[tuple[str, str]], name: str) -> bool:
    """Return whether the log holds the violation of this constraint, with its SQLSTATE."""
    return any(state == UNIQUE_VIOLATION and f'"{name}"' in words for state, words in found)


def by_key(found: Iterable[tuple[Any, ...]]) -> Rows:
    """Return the impressions that rows of the witness's query name."""
    return {
        (str(user), str(artwork)): (int(copies), _wall_ns(viewed_at))
        for user, artwork, copies, viewed_at, *_ in found
    }


def _wall_ns(stored: dt.datetime | None) -> int:
    """Return a stored time as wall-clock ns; a column without a time zone is taken as UTC."""
    if stored is None:
        return 0
    moment = stored if stored.tzinfo else stored.replace(tzinfo=dt.UTC)
    return round(moment.timestamp() * 1e6) * 1000
