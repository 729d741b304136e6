"""The connection is cut in the middle of a visit."""

from __future__ import annotations

from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.common.delivery import exactly_once, has_rules_of_its_own, of_any_recorder
from scenarios.common.pace import PER_SECOND, look_at_each
from scenarios.network.rows import ROWS

OUTAGE_S = ROWS["short_outage"].lasts_s
BEFORE, DURING, AFTER = 10, OUTAGE_S * PER_SECOND, 10
"""How many artworks are shown before, during and after the outage."""

# After an outage: the recorder's pending backoff (up to 5 s, then up to 10 s after one failure in
# the outage's last moment) plus the flush delay and the request itself.
RECOVERY_S = 20.0


def _checks(arm: Arm) -> tuple[CheckSpec, ...]:
    """The roadmap's trailing debounce never fires while views go on: it sends nothing meanwhile."""
    felt = 0 if arm["preset"] == "roadmap" else 1
    own = (
        check("fault_was_live", lasting_s=OUTAGE_S, felt_least=felt),
        check("in_time", within_s=RECOVERY_S),
    )
    views = BEFORE + DURING + AFTER
    kept = of_any_recorder(own) if has_rules_of_its_own(arm) else own
    return (*exactly_once(views), *kept)


@scenario(
    matrix="network",
    arms=arms(browser=["chromium"], preset=["durable", "roadmap"]),
    needs=["toxiproxy"],
    checks=_checks,
    conditions=lambda arm: (ROWS["short_outage"].condition,),
    about_s=25,
)
async def test_short_outage(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The connection is cut for 5 s while a visitor looks at 40 artworks: is anything lost?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab()
        artworks = run.artworks(BEFORE + DURING + AFTER)
        await look_at_each(tab, artworks[:BEFORE])
        async with run.network.cut():
            await look_at_each(tab, artworks[BEFORE : BEFORE + DURING])
        await look_at_each(tab, artworks[BEFORE + DURING :])
        await tab.drained(RECOVERY_S)
        await run.visitors.close_tab(tab)
        await run.settle()
    judge(run)
