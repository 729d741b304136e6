"""Pictures are loaded ahead or not: how long does a visitor wait for each?"""

from __future__ import annotations

from typing import Any

from harness.browsers.catalogue import ENGINES
from harness.core.clock import pause
from harness.ledger.kinds import ACTIVITY
from harness.ledger.kinds.activity import Benched
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.target.capabilities import Capability
from harness.target.reference.product import PICTURE_WAIT, PREDICTION, PREFETCH
from harness.witnesses.product import recommend
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.common.delivery import exactly_once
from scenarios.common.visit import DRAIN_S, finish
from scenarios.experiments.pictures import PREDICTED, VIEWS, drawn_artworks, planned_views

PICTURE_BYTES = 100_000
BYTES_MAX = 2 * PREDICTED * PICTURE_BYTES
"""More than all that is predicted."""
LOOK_S = 1.5
"""How long an artwork is looked at before the next one is asked for."""
_AROUND_S = 12.0
_LOADED, _AHEAD = "every view has its picture", "something was loaded ahead"


def waits_count(arm: Arm) -> tuple[CheckSpec, ...]:
    """Return what makes a slot count: all is stored once, what was waited for was a picture, and
    with ``ahead=predicted`` at least one was there before."""
    ahead = "true" if arm["ahead"] == "predicted" else "false"
    return (
        *exactly_once(VIEWS),
        check("premise_held", question=_LOADED, answer="true"),
        check("premise_held", question=_AHEAD, answer=ahead),
    )


@scenario(
    matrix="experiments",
    arms=[],
    on_request=arms(
        browser=ENGINES,
        preset=["durable"],
        improvement=[PREDICTION],
        ahead=["nothing", "predicted"],
    ),
    needs=[],
    checks=waits_count,
    about_s=VIEWS * LOOK_S + _AROUND_S,
    exclusive=True,
    controls={Capability.RESTARTABLE_SERVER, Capability.TABLE, Capability.PAGE_OPTIONS},
)
async def test_picture_waits(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A visitor looks at ten artworks, five of them among the ten that were predicted: how long
    does each picture take to be on the screen, loaded ahead or not?

    The first look begins as soon as the page is up: what is loaded ahead and what is wanted now
    share the line.
    """
    async with start_run(cell) as run:
        context = run.context
        pool = [context.artwork_id(number) for number in range(1, context.pool + 1)]
        artworks = drawn_artworks(cell.seed, pool)
        await recommend(context.site.dsn, artworks[:PREDICTED], PICTURE_BYTES)
        options: dict[str, Any] = {"pictures": "linked", "limit": str(context.pool)}
        if cell.arm["ahead"] == "predicted":
            options["prefetch"] = str(BYTES_MAX)
        tab = await run.visitors.open_tab(**options)
        activity = context.ledger.witness(ACTIVITY)
        are_pictures = True
        for artwork, figure in planned_views(cell.seed, artworks):
            waited_ms, is_picture = await tab.look_by(PICTURE_WAIT, [artwork])
            activity.saw(Benched(name=figure, value=float(waited_ms)))
            are_pictures &= bool(is_picture)
            await pause(LOOK_S)
        tab.note(_LOADED, are_pictures)
        found = await tab.ask("what was loaded ahead", PREFETCH)
        tab.note(_AHEAD, bool(found["artworks"]))
        await tab.drained(DRAIN_S)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
