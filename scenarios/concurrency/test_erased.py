"""The user clears what the browser keeps for the site while a queue lies there.

What a living page still holds in memory is promised: it is sent, and what is seen later is
journaled again. What lay on disk only, left by a tab that was closed, is gone by its user's own
doing. No recorder can keep it; but it was seen, so its fate stays what it is, ``lost_unacked``,
and ``only_erased_lost`` names each view and allows no other. The roadmap's recorder keeps nothing
there.

How storage is cleared in each browser: ``harness/browsers/site_data.py``.
"""

from __future__ import annotations

import contextlib

from harness.browsers.visitor import Tab
from harness.core.errors import WaitTimeout
from harness.core.wait import wait_until
from harness.faults.request.answers import Answers
from harness.ledger.kinds.client import RetryScheduled
from harness.ledger.rundir import RunPlan
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.visit import DRAIN_S, EAGER, finish
from scenarios.concurrency.concurrency_case import concurrency_case
from scenarios.concurrency.probes import LEAVE_MARK, MARK_IS_GONE

EACH = 3
CLEARED_S = 5.0
_CLEARED = "a database of the site was removed"


@concurrency_case(
    views=2 * EACH,
    presets=("durable",),
    checks=[
        check("premise_held", question=_CLEARED, answer="true"),
        check("answered", question="it keeps a journal again", answer="true"),
    ],
    controls={Capability.PAGE_EVENTS, Capability.JOURNAL},
)
async def test_storage_cleared(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The user clears storage while an open tab has a queue: is it sent, and is more journaled?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        artworks = run.artworks(2 * EACH)
        async with run.fault(Answers(gateway, 503)):
            tab = await run.visitors.open_tab(**EAGER)
            await tab.page.evaluate(LEAVE_MARK)
            await tab.look_at(*artworks[:EACH])
            await tab.until(RetryScheduled, timeout_s=10)
            await run.visitors.clear_site_data()
            await tab.front()
            await _note_cleared(tab)
            await tab.look_at(*artworks[EACH:])
            await tab.ask("it keeps a journal again", run.system.page.journals)
        await tab.drained(DRAIN_S)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@concurrency_case(
    views=2 * EACH,
    presets=("durable",),
    some_lost=True,
    checks=[
        check("premise_held", question=_CLEARED, answer="true"),
        check("only_erased_lost", views=EACH),
    ],
    controls={Capability.PAGE_EVENTS, Capability.RECORDER_RULES},
)
async def test_storage_cleared_after_close(
    cell: RunPlan, start_run: StartRun, judge: Judge
) -> None:
    """The user clears storage where a closed tab left its queue: is what is lost named, no more?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        artworks = run.artworks(2 * EACH)
        async with run.fault(Answers(gateway, 503)):
            tab = await run.visitors.open_tab(**EAGER)
            await tab.page.evaluate(LEAVE_MARK)
            await tab.look_at(*artworks[:EACH])
            await tab.until(RetryScheduled, timeout_s=10)
            await run.visitors.close_tab(tab)
            await run.visitors.clear_site_data()
        tab = await run.visitors.open_tab(**EAGER)
        await _note_cleared(tab)
        await tab.look_at(*artworks[EACH:])
        await tab.drained(DRAIN_S)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


async def _note_cleared(tab: Tab) -> None:
    """Write down whether the browser removed what was left at the origin as a mark."""

    async def is_gone() -> bool:
        return bool(await tab.page.evaluate(MARK_IS_GONE))

    with contextlib.suppress(WaitTimeout):  # what the page says then is written down
        await wait_until("the mark is gone", is_gone, timeout_s=CLEARED_S)
    await tab.ask(_CLEARED, MARK_IS_GONE)
