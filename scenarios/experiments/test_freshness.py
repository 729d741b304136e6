"""Questions about freshness during a load, with a cache before the database and without."""

from __future__ import annotations

import asyncio

from harness.ledger.files import WitnessFile
from harness.ledger.kinds import ACTIVITY
from harness.ledger.kinds.activity import ActivityRow
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.load.schedule.schedule import Names
from harness.target.capabilities import Capability
from harness.target.session import connected
from harness.target.sign_in import sign_in_all
from scenarios.catalogue.declare import Judge, StartRun, arms, scenario
from scenarios.common.delivery import exactly_once
from scenarios.experiments.freshness import Asker, show_in_pool
from scenarios.load.arms import sends, workload_of
from scenarios.load.load_case import SETTLE_S

ASKED_PER_S = 25.0
"""Questions a second, of all users together."""
_AROUND_S = 7.0


def keeps_all(arm: Arm) -> tuple[CheckSpec, ...]:
    """Return what makes a slot count: the load is stored once."""
    return exactly_once(workload_of(arm).total)


def about_s(arm: Arm) -> float:
    """Return how long a slot takes, about."""
    return workload_of(arm).duration_s + _AROUND_S


@scenario(
    matrix="experiments",
    arms=[],
    on_request=arms(workload=["steady"]),
    needs=[],
    checks=keeps_all,
    conditions=sends,
    about_s=about_s,
    exclusive=True,
    controls={Capability.TABLE},
)
async def test_freshness(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """While users see artworks they ask how much is left to see: what do their questions cost the
    database, and are the answers true?"""
    workload = workload_of(cell.arm)
    async with start_run(cell) as run:
        site, context = run.context.site, run.context
        dialect = site.system.dialect
        names = Names(workload, cell.seed, dialect)
        witness: WitnessFile[ActivityRow] = context.ledger.witness(ACTIVITY)
        async with await connected(site.dsn) as connection:
            asker = Asker(
                connection,
                witness,
                url=site.direct_url,
                dialect=dialect,
                sessions=await sign_in_all(dialect, site.direct_url, names.users),
            )
            await show_in_pool(connection, names.artworks)
            await run.database.checkpoint()
            loading = asyncio.ensure_future(run.load.send(workload))
            try:
                count = round(ASKED_PER_S * workload.duration_s)
                await asker.ask_all(cell.seed, per_s=ASKED_PER_S, count=count)
                await loading
            finally:
                loading.cancel()
        await run.settle(timeout_s=SETTLE_S)
    judge(run)
