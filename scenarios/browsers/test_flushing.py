"""When a page in front flushes, and how much at once."""

from __future__ import annotations

from harness.core.clock import every
from harness.faults.request.answers import Delays
from harness.faults.request.pages import Injects
from harness.ledger.rundir import RunPlan
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.visit import NO_BEACON, finish
from scenarios.common.visit_case import visit_case

CONTINUOUS_S = 30
SIZES = (199, 200, 201, 401)
FLUSH_CALLS = 5


@visit_case(
    views=3,
    checks=[
        check("flushed_after", delay_ms=2000, tolerance_ms=300),
        check("batches_sent", least=1, most=1),
    ],
    controls={Capability.RECORDER_RULES},
)
async def test_idle_flush(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Three artworks are seen at once, then nothing: does one batch leave after 2.0 s ± 0.3 s?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab()
        await tab.look_at(*run.artworks(3))
        await tab.drained(10)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=CONTINUOUS_S * 2,
    checks=[check("flushes_keep_coming", within_s=2.5)],
    about_s=CONTINUOUS_S + 8,
)
async def test_continuous_views(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A view every half second for 30 s: do flushes keep coming, or does a debounce starve them?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab()
        artworks = run.artworks(CONTINUOUS_S * 2)
        async for step in every(0.5, CONTINUOUS_S * 2):
            await tab.look_at(artworks[step])
        await tab.drained(10)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=sum(SIZES),
    checks=[check("batches_full", size=200)],
    about_s=12,
    controls={Capability.FREE_IDS, Capability.RECORDER_RULES},
)
async def test_batch_boundary(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """199, 200, 201 and 401 artworks are seen at once: are they 1, 1, 2 and 3 requests?"""
    async with start_run(cell) as run:
        for size in SIZES:
            tab = await run.visitors.open_tab(f"visitor-of-{size}")
            await tab.look_at(*[f"artwork-{size}-{n}" for n in range(size)])
            await tab.drained(10)
            await run.visitors.close_tab(tab)
        await run.settle()
    judge(run)


@visit_case(views=2, checks=[check("each_id_once")])
async def test_same_id_twice(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The same artwork is seen again, before and after its flush: is its id sent once?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab(flushDelayMs="500")
        first, second = run.artworks(2)
        await tab.look_at(first)
        await tab.look_at(first)
        await tab.drained(10)
        await tab.look_at(first)
        await tab.look_at(second)
        await tab.drained(10)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=FLUSH_CALLS,
    checks=[check("one_in_flight"), check("repeats_bounded", impressions=0)],
    controls={Capability.FLUSH},
)
async def test_concurrent_flush_guard(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Flushes are asked for while one is under way: is there never more than one request?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with run.fault(Injects(gateway, NO_BEACON)), run.fault(Delays(gateway, 0.3)):
            tab = await run.visitors.open_tab(flushDelayMs="100")
            for artwork in run.artworks(FLUSH_CALLS):
                await tab.look_at(artwork)
                await tab.flush()
            await tab.drained(15)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
