"""Pictures of what a user may like next are loaded ahead: none of them is seen by that."""

from __future__ import annotations

import contextlib

from harness.core.errors import WaitTimeout
from harness.core.wait import wait_until
from harness.ledger.kinds import CLIENT
from harness.ledger.kinds.client import Prefetched
from harness.ledger.rundir import RunPlan
from harness.target.capabilities import Capability
from harness.target.reference.product import PREDICTION, PREFETCH, PREFETCH_ENDED
from harness.witnesses.product import recommend
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.visit import DRAIN_S, EAGER, finish
from scenarios.common.visit_case import visit_case

SEEN = 6
PICTURE_BYTES = 30_000
BYTES_MAX = 5 * PICTURE_BYTES
"""Four pictures and a bit: the fifth no longer fits."""
LOADED = 4
PREFETCH_S = 15.0


@visit_case(
    matrix="product",
    views=2 * SEEN,
    checks=[check("prefetched_unseen", artworks=LOADED, bytes_max=BYTES_MAX)],
    presets=("durable",),
    controls={Capability.RESTARTABLE_SERVER, Capability.TABLE},
    about_s=20,
    improvement=[PREDICTION],
)
async def test_prefetch(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A visitor has seen what is most popular; the page loads ahead what may be liked next, and the
    visitor goes on: is nothing that was seen loaded, no more than fits, and nothing counted that
    was not seen?"""
    async with start_run(cell) as run:
        artworks = run.artworks(2 * SEEN)
        await recommend(run.context.site.dsn, artworks, PICTURE_BYTES)
        first = await run.visitors.open_tab(**EAGER)
        await first.look_at(*artworks[:SEEN])
        await first.drained(DRAIN_S)
        await run.visitors.close_tab(first)
        tab = await run.visitors.open_tab(pictures="linked", prefetch=str(BYTES_MAX), **EAGER)

        async def has_ended() -> bool:
            return bool(await tab.page.evaluate(PREFETCH_ENDED))

        with contextlib.suppress(WaitTimeout):  # what was loaded by then is for the check to judge
            await wait_until("no more is loaded ahead", has_ended, timeout_s=PREFETCH_S)
        found = await tab.page.evaluate(PREFETCH)
        row = Prefetched(
            user=tab.user,
            tab=tab.tab,
            artworks=tuple(str(one) for one in found["artworks"]),
            loaded=int(found["bytes"]),
            ended=str(found["ended"]),
        )
        run.context.ledger.witness(CLIENT).saw(row)
        await tab.look_at(*artworks[SEEN:])
        await tab.drained(DRAIN_S)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
