"""The covering index is built while everybody works: who waits, and for how long?"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from psycopg import AsyncConnection, AsyncRawCursor

from harness.core.clock import every, now, pause
from harness.core.wait import wait_until
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.target.capabilities import Capability
from harness.target.session import connected
from scenarios.catalogue.declare import Judge, StartRun, arms, scenario
from scenarios.common.delivery import exactly_once
from scenarios.experiments.tables.bench import TABLE, TableBench, bench_in
from scenarios.experiments.tables.designs import COLUMNS, COVERING, INDEXES, INSERT
from scenarios.experiments.tables.filling import NewRows, batches
from scenarios.load.arms import sends, workload_of
from scenarios.load.load_case import SETTLE_S

BUILDS = {"concurrently": "CREATE INDEX CONCURRENTLY", "locking": "CREATE INDEX"}
CALM_S = 3.0
"""How long everybody works before the building begins, and after it has ended."""
_WRITE_EVERY_S = 0.05
_WRITES_MOST = 1_200
_BEGUN_BYTES = 2_000
_AROUND_S = 6.0
_ROWS_PER_S = 100_000


def keeps_all(arm: Arm) -> tuple[CheckSpec, ...]:
    """Return what makes a slot count: the load is stored once."""
    return exactly_once(workload_of(arm).total)


def about_s(arm: Arm) -> float:
    """Return how long a slot takes, about."""
    return workload_of(arm).duration_s + _AROUND_S + int(arm["rows"]) / _ROWS_PER_S


@asynccontextmanager
async def writing(dsn: str, bench: TableBench, new: Iterator[NewRows]) -> AsyncIterator[None]:
    """Have 200 ids inserted twenty times a second, over a connection of its own, for the length of
    the block.

    Each insert is timed from when it was due: one that had to wait makes the next ones late.
    """
    async with await connected(dsn) as connection:
        task = asyncio.ensure_future(_write_on(connection, bench, new))
        try:
            yield
            if task.done():
                task.result()
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _write_on(connection: AsyncConnection, bench: TableBench, new: Iterator[NewRows]) -> None:
    start_ns = now().mono_ns
    async for step in every(_WRITE_EVERY_S, _WRITES_MOST):
        user, artworks = next(new, ("", []))
        if not artworks:
            return
        await AsyncRawCursor(connection).execute(INSERT.encode(), (user, artworks))
        at = now()
        due_ns = start_ns + round(step * _WRITE_EVERY_S * 1e9)
        bench.note("writer_ms", (at.mono_ns - due_ns) / 1e6, at=at)


async def build(dsn: str, bench: TableBench, how: str, new: Iterator[NewRows]) -> None:
    """Build the index on the bench's table while another connection writes to it."""
    statement = f"{BUILDS[how]} {COVERING.format(table=TABLE)}"
    async with writing(dsn, bench, new):
        await pause(CALM_S)
        start_ns = now().mono_ns
        await bench.ask(statement)
        at = now()
        bench.note("index_build_s", (at.mono_ns - start_ns) / 1e9, at=at)
        await pause(CALM_S)


@scenario(
    matrix="experiments",
    arms=[],
    on_request=arms(build=tuple(BUILDS), rows=["1000000"], workload=["steady"]),
    needs=[],
    checks=keeps_all,
    conditions=sends,
    about_s=about_s,
    exclusive=True,
    controls={Capability.TABLE},
)
async def test_index_build(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """While an index is built, how late are the server's answers, and writes to the same table?

    The index is built on a table beside the target's, of as many rows as the arm says: the server's
    load shares the machine with it, a writer of its own the table.
    """
    async with start_run(cell) as run:
        async with bench_in(run) as bench:
            table = COLUMNS.format(table=TABLE)
            indexes = [statement.format(table=TABLE) for statement in INDEXES]
            await bench.fill([table], int(cell.arm["rows"]), indexes=indexes)
            new = batches(bench.walkers, cell.seed, _WRITES_MOST)
            await bench.checkpoint()
            loading = asyncio.ensure_future(run.load.send(workload_of(cell.arm)))
            receipts = run.context.site.receipts
            try:
                await wait_until(
                    "the load has begun",
                    lambda: receipts.stat().st_size > _BEGUN_BYTES,
                    timeout_s=60,
                )
                await build(run.context.site.dsn, bench, cell.arm["build"], iter(new))
                await loading
            finally:
                loading.cancel()
        await run.settle(timeout_s=SETTLE_S)
    judge(run)
