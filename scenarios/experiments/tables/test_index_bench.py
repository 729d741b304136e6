"""The same rows under other indexes: what do an insert and the freshness query cost?"""

from __future__ import annotations

import psycopg

from harness.core.errors import HarnessError
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.run.run import Run
from harness.target.capabilities import Capability
from harness.target.session import connected
from harness.target.target import Table
from scenarios.catalogue.declare import Judge, StartRun, arms, scenario
from scenarios.common.delivery import exactly_once
from scenarios.experiments.tables.bench import TABLE, TableBench, bench_in
from scenarios.experiments.tables.designs import (
    ANTI_JOIN,
    DESIGNS,
    INSERT,
    changes,
    freshness,
    schema,
)
from scenarios.experiments.tables.filling import askers, batches
from scenarios.load.arms import sends, workload_of
from scenarios.load.load_case import SETTLE_S

READS, READS_WARM_UP = 400, 100
WRITES, WRITES_WARM_UP = 100, 25
_AROUND_S = 6.0
_ROWS_PER_S = 50_000


def keeps_all(arm: Arm) -> tuple[CheckSpec, ...]:
    """Return what makes a slot count: a load on the target's table with these indexes is stored
    once."""
    return exactly_once(workload_of(arm).total)


def about_s(arm: Arm) -> float:
    """Return how long a slot takes, about."""
    return workload_of(arm).duration_s + _AROUND_S + int(arm["rows"]) / _ROWS_PER_S


async def give_target(run: Run, design: str) -> None:
    """Give the target's own table the indexes of a design.

    Raises HarnessError when the table is not the reference's, or refuses them.
    """
    site = run.context.site
    if site.table != Table():
        raise HarnessError(f"{site.table.name} does not have the indexes that are compared")
    try:
        async with await connected(site.dsn) as connection:
            for statement in changes(design, site.table.name):
                await connection.execute(statement.encode())
    except psycopg.Error as error:
        line = f"the table does not take the indexes of {design}: {' '.join(str(error).split())}"
        raise HarnessError(line) from error


async def measure(bench: TableBench, design: str, rows: int, seed: int) -> None:
    """Fill a table of a design, then measure what reads and inserts cost, and keep their plans."""
    await bench.fill(schema(design, TABLE), rows)
    await bench.note_sizes(rows)
    users = askers(bench.walkers, seed, READS_WARM_UP + READS)
    await bench.read("freshness_ms", freshness(design), users, warm_up=READS_WARM_UP)
    await bench.read("anti_join_ms", ANTI_JOIN, users, warm_up=READS_WARM_UP)
    await bench.explain("freshness", freshness(design), users[-1])
    await bench.explain("anti-join", ANTI_JOIN, users[-1])
    new = batches(bench.walkers, seed, WRITES_WARM_UP + WRITES + 1)
    await bench.write(new[1:], warm_up=min(WRITES_WARM_UP, len(new) // 2))
    await bench.explain("insert", INSERT, *new[0])


@scenario(
    matrix="experiments",
    arms=[],
    on_request=arms(indexes=tuple(DESIGNS), rows=["100000"], workload=["steady"]),
    needs=[],
    checks=keeps_all,
    conditions=sends,
    about_s=about_s,
    exclusive=True,
    controls={Capability.TABLE},
)
async def test_index_bench(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Under these indexes, what do an insert of 200 ids and the freshness query cost?

    They are measured on a table beside the target's. The target's own table gets the same indexes,
    and a small load shows that the server still stores everything once.
    """
    design = cell.arm["indexes"]
    async with start_run(cell) as run:
        await give_target(run, design)
        await run.load.send(workload_of(cell.arm))
        async with bench_in(run) as bench:
            await measure(bench, design, int(cell.arm["rows"]), cell.seed)
        await run.settle(timeout_s=SETTLE_S)
    judge(run)
