"""Impressions older than 90 days go: what of the disk comes back, and what does it cost?"""

from __future__ import annotations

import datetime as dt
from time import perf_counter

from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, arms, scenario
from scenarios.common.delivery import exactly_once
from scenarios.experiments.tables.bench import TABLE, TableBench, bench_in
from scenarios.experiments.tables.designs import INDEXES, schema
from scenarios.experiments.tables.expiry import EXPIRIES, KEPT_DAYS, partitioned
from scenarios.experiments.tables.filling import SPAN_DAYS
from scenarios.load.arms import sends, workload_of
from scenarios.load.load_case import SETTLE_S

_AROUND_S = 6.0
_ROWS_PER_S = 40_000


def keeps_all(arm: Arm) -> tuple[CheckSpec, ...]:
    """Return what makes a slot count: a small load is stored once."""
    return exactly_once(workload_of(arm).total)


def about_s(arm: Arm) -> float:
    """Return how long a slot takes, about."""
    return workload_of(arm).duration_s + _AROUND_S + int(arm["rows"]) / _ROWS_PER_S


async def expire(bench: TableBench, way: str, rows: int) -> None:
    """Fill a table with 150 days of views, let those of the first 60 expire, and as many come
    anew; write down what each leaves on the disk."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    by_month = way == "partitions"
    statements = partitioned(TABLE, today, INDEXES) if by_month else schema("roadmap", TABLE)
    await bench.fill(statements, rows)
    bench.note("table_rows", rows)
    bench.note("stored_before_bytes", await bench.stored_bytes())
    await bench.checkpoint()
    if EXPIRIES[way]:
        wal = await bench.wal_bytes()
        began_s = perf_counter()
        for statement in EXPIRIES[way]:
            await bench.ask(statement)
        bench.note("expiry_s", perf_counter() - began_s)
        bench.note("expiry_wal_bytes", await bench.wal_bytes() - wal)
    bench.note("stored_bytes", await bench.stored_bytes())
    await bench.refill(round(rows * (1 - KEPT_DAYS / SPAN_DAYS)))
    bench.note("stored_after_refill_bytes", await bench.stored_bytes())


@scenario(
    matrix="experiments",
    arms=[],
    on_request=arms(expiry=tuple(EXPIRIES), rows=["100000"], workload=["steady"]),
    needs=[],
    checks=keeps_all,
    conditions=sends,
    about_s=about_s,
    exclusive=True,
    controls={Capability.TABLE},
)
async def test_expiry(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Of 150 days of views those older than 90 go: how much of the disk comes back, at what cost?

    They are two fifths of the rows, for a table whose views come evenly; all is done on a table
    beside the target's.
    """
    async with start_run(cell) as run:
        await run.load.send(workload_of(cell.arm))
        async with bench_in(run) as bench:
            await expire(bench, cell.arm["expiry"], int(cell.arm["rows"]))
        await run.settle(timeout_s=SETTLE_S)
    judge(run)
