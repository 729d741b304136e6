"""A table beside the target's, in a schema of its own, and what statements on it cost.

The target's table stays as it is: everything there has a witness. Every statement is measured on
the run's own PostgreSQL with the same settings in every arm: ``jit`` off, ``track_io_timing`` on
where the role may, and no autovacuum of the table, which is vacuumed and analysed when it is full.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor

from harness.core.clock import Instant
from harness.core.errors import HarnessError
from harness.ledger import door
from harness.ledger.files import WitnessFile
from harness.ledger.json_files import encode_json
from harness.ledger.kinds import ACTIVITY
from harness.ledger.kinds.activity import ActivityRow, Benched, BenchFigureName
from harness.run.run import Run
from harness.target.session import connected
from scenarios.experiments.tables import designs, filling
from scenarios.experiments.tables.filling import POOL, SEEN, SPAN_DAYS, NewRows, Walker

TABLE = "bench.impressions"
PLANS = "plans"
"""The folder of a run directory with the plan of every statement, one JSON file each."""

_SETTINGS = "SET jit TO off; SET search_path TO bench, public"
_TRACK = "SET track_io_timing TO on"
_FILL_MEMORY = "SET work_mem TO '256MB'"
_TOOK_MS = """
CREATE FUNCTION bench.took_ms(statement text, user_id text, artworks text[]) RETURNS float8
LANGUAGE plpgsql AS $$
DECLARE began timestamptz := clock_timestamp();
BEGIN
    EXECUTE statement USING user_id, artworks;
    RETURN 1000 * extract(epoch FROM clock_timestamp() - began)::float8;
END $$
"""
"""How long a statement takes inside the database, planning and execution: neither a network nor a
client is in it, which would make every difference look smaller."""
_EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, WAL, FORMAT JSON) "
_EACH = "SELECT bench.took_ms($1, asker, NULL) FROM unnest($2::text[]) AS asker"
_ONCE = "SELECT bench.took_ms($1, $2, $3::text[])"
_SIZES = f"SELECT pg_table_size('{TABLE}'), pg_indexes_size('{TABLE}')"
_STORED = """
SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = $1::regclass
HAVING count(*) > 0 UNION ALL SELECT pg_total_relation_size($1::regclass)
"""
_WAL = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"


class TableBench:
    """The table, its users, and the connection on which both are made and measured."""

    def __init__(
        self,
        connection: AsyncConnection,
        witness: WitnessFile[ActivityRow],
        *,
        directory: Path,
        seed: int,
    ) -> None:
        """``directory`` is the run's, where plans are kept; the rows are those of ``seed``."""
        self._connection = connection
        self._witness = witness
        self._directory = directory
        self._seed = seed
        self.walkers: list[Walker] = []

    async def ask(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Run a statement with its parameters, $1 and on; return its rows."""
        cursor = AsyncRawCursor(self._connection)
        await cursor.execute(statement.encode(), parameters or None)
        return await cursor.fetchall() if cursor.description else []

    def note(self, name: BenchFigureName, value: float, *, at: Instant | None = None) -> None:
        """Write a figure into the ledger."""
        self._witness.saw(Benched(name=name, value=float(value)), at=at)

    async def fill(
        self, statements: Sequence[str], rows: int, *, indexes: Sequence[str] = ()
    ) -> None:
        """Make the table, fill it with rows of the seed, and vacuum and analyse it.

        Indexes of ``statements`` grow with the rows, as in production, and have its gaps; those of
        ``indexes`` are made when all rows are there, packed and much faster.
        """
        seed = self._seed
        for statement in statements:
            await self.ask(statement)
        users = filling.users_for(rows)
        await self.ask(filling.USERS_SQL, str(seed), list(SEEN), seed, POOL, users)
        found = await self.ask("SELECT id, seen, start, step FROM bench.users ORDER BY n")
        self.walkers = [Walker(*row) for row in found]
        await self.ask(_FILL_MEMORY)
        span = f"{SPAN_DAYS} days"
        await self.ask(filling.VIEWS_SQL, span, POOL, seed, float(rows))
        for statement in indexes:
            await self.ask(statement)
        await self.ask("RESET work_mem")
        await self.ask(f"VACUUM (ANALYZE) {TABLE}")
        await self.ask("VACUUM (ANALYZE) bench.art_sessions")

    async def refill(self, rows: int) -> None:
        """Insert more rows of today: what the users see next."""
        await self.ask(filling.NEXT_SQL, POOL, self._seed, rows)

    async def note_sizes(self, rows: int) -> None:
        """Write down how large the table and its indexes are."""
        [(table, indexes)] = await self.ask(_SIZES)
        self.note("table_rows", rows)
        self.note("table_bytes", table)
        self.note("indexes_bytes", indexes)

    async def checkpoint(self) -> None:
        """Make a checkpoint where the role may: every arm starts at the same distance from one."""
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
            await self.ask("CHECKPOINT")

    async def read(
        self, name: BenchFigureName, statement: str, users: Sequence[str], *, warm_up: int
    ) -> None:
        """Ask for every user; write down how long each took after the first ``warm_up``."""
        took = await self.ask(_EACH, statement, list(users))
        for (took_ms,) in took[warm_up:]:
            self.note(name, took_ms)

    async def write(self, batches: Sequence[NewRows], *, warm_up: int) -> None:
        """Insert batches of new rows, each committed alone; write down time and WAL.

        The first ``warm_up`` come right after a checkpoint, when each page that is touched goes to
        the WAL as a whole: their WAL is a figure of its own, their time is none.
        """
        await self.checkpoint()
        await self._write_some(batches[:warm_up], "_after_checkpoint", timed=False)
        await self._write_some(batches[warm_up:], "", timed=True)

    async def _write_some(self, batches: Sequence[NewRows], when: str, *, timed: bool) -> None:
        before = await self.wal_bytes()
        for user, artworks in batches:
            began_s = perf_counter()
            [(inside_ms,)] = await self.ask(_ONCE, designs.INSERT, user, artworks)
            took_ms = 1000 * (perf_counter() - began_s)
            if timed:
                self.note("insert_ms", took_ms)
                self.note("insert_execute_ms", inside_ms)
        wal = await self.wal_bytes() - before
        rows = sum(len(artworks) for _, artworks in batches)
        if timed:
            self.note("insert_rows", rows)
            self.note("insert_wal_bytes", wal)
        else:
            self.note("insert_rows_after_checkpoint", rows)
            self.note("insert_wal_after_checkpoint_bytes", wal)

    async def explain(self, name: str, statement: str, *parameters: object) -> None:
        """Run a statement once more and keep its plan in the run directory."""
        [(found,)] = await self.ask(_EXPLAIN + statement, *parameters)
        content = {"statement": " ".join(statement.split()), "plan": found[0]}
        door.write(self._directory, f"{PLANS}/{name}.json", encode_json(content))

    async def wal_bytes(self) -> int:
        """Return how much WAL the database has written since it was made."""
        [(position,)] = await self.ask(_WAL)
        return int(position)

    async def stored_bytes(self) -> int:
        """Return how much of the disk the table, its partitions and indexes have."""
        found = await self.ask(_STORED, TABLE)
        return int(found[0][0])


@asynccontextmanager
async def bench_of(
    dsn: str, witness: WitnessFile[ActivityRow], *, directory: Path, seed: int
) -> AsyncIterator[TableBench]:
    """Make the schema of a bench in a database, with the pool, and yield the bench; raise
    HarnessError if the database refuses what is asked of it."""
    try:
        async with await connected(dsn) as connection:
            bench = TableBench(connection, witness, directory=directory, seed=seed)
            await bench.ask(_SETTINGS)
            with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
                await bench.ask(_TRACK)
            await bench.ask("DROP SCHEMA IF EXISTS bench CASCADE")
            await bench.ask("CREATE SCHEMA bench")
            await bench.ask(_TOOK_MS)
            await bench.ask(filling.POOL_SQL.format(pool=POOL))
            yield bench
    except psycopg.Error as error:
        raise HarnessError(f"the bench: {' '.join(str(error).split())}") from error


def bench_in(run: Run) -> AbstractAsyncContextManager[TableBench]:
    """Return the bench of a run, in the run's database and with its seed."""
    context = run.context
    witness: WitnessFile[ActivityRow] = context.ledger.witness(ACTIVITY)
    return bench_of(context.site.dsn, witness, directory=run.directory, seed=run.plan.seed)
