"""The roadmap's five validation points, and its console script."""

from __future__ import annotations

from harness.ledger.kinds.base import name_of
from harness.ledger.kinds.client import BeaconQueued, VisibilityChanged
from harness.ledger.rundir import Arm, RunPlan
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.closing import HIDDEN_CLOSES, close_each_at_once, closes_in, closing_s
from scenarios.common.visit import finish, long_ids
from scenarios.common.visit_case import visit_case

TO_HIDE_MS = "5000"
"""A tab must be hidden before a flush by time is due; on a busy machine 2 s were not enough."""

_SCRIPT = """() => {
  const payload = JSON.stringify({ artworkIds: new Array(500).fill('test-id-123') });
  const bytes = new TextEncoder().encode(payload).byteLength;
  return bytes > 64 * 1024 ? 'WILL USE FETCH' : 'CAN USE BEACON';
}"""


@visit_case(
    views=60,
    checks=[check("bytes_measured")],
    controls={Capability.FREE_IDS, Capability.RECORDER_RULES},
)
async def test_byte_measurement(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Does the page measure requests of plain, multi-byte and escaped ids as they arrive?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab(flushDelayMs="200")
        await tab.look_at(*long_ids(run, 20, 300))
        await tab.drained(10)
        await tab.look_at(*long_ids(run, 20, 301, letter="画"))
        await tab.drained(10)
        await tab.look_at(*long_ids(run, 20, 302, letter='"'))
        await tab.drained(10)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=lambda arm: 2 * closes_in(arm),
    checks=[check("went_over", transport="beacon", least=1)],
    about_s=closing_s,
)
async def test_pagehide_on_close(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Tabs closed right after their last view, one by one: does what they saw leave as beacons?"""
    async with start_run(cell) as run:
        await close_each_at_once(run)
        await finish(run)
    judge(run)


def _hides_in(arm: Arm) -> int:
    """Return how many tabs are hidden and closed: each time two flushes."""
    return closes_in(arm, lucky=HIDDEN_CLOSES) if arm["preset"] == "roadmap" else 1


@visit_case(
    views=lambda arm: 6 * _hides_in(arm),
    checks=lambda arm: [
        check("batches_sent", least=2 * _hides_in(arm), most=2 * _hides_in(arm)),
        check("one_flush_per_hide"),
        check("events_from_browser", event=name_of(VisibilityChanged), least=2 * _hides_in(arm)),
    ],
    about_s=closing_s,
    controls={Capability.PAGE_EVENTS, Capability.RECORDER_RULES},
)
async def test_debounced_double_flush(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The tab is hidden, and later closed: is what it saw flushed once each time?

    Closing fires pagehide and visibilitychange both: that is where a recorder flushes twice.
    """
    async with start_run(cell) as run:
        hides = _hides_in(cell.arm)
        artworks = run.artworks(6 * hides)
        for seen in range(0, 6 * hides, 6):
            tab = await run.visitors.open_tab(flushDelayMs=TO_HIDE_MS)
            await tab.look_at(*artworks[seen : seen + 3])
            await tab.hide()
            await tab.until(BeaconQueued, timeout_s=10)
            await tab.front()
            await tab.drained(20)
            await tab.look_at(*artworks[seen + 3 : seen + 6])
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=12,
    about_s=20,
    checks=lambda arm: [check("telemetry_reconciles", beacons_count=arm["preset"] == "roadmap")],
    controls={Capability.TELEMETRY, Capability.PAGE_EVENTS},
)
async def test_telemetry_metrics(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Are the page's own counters what the ledger says, after views, a hide and more views?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab(flushDelayMs=TO_HIDE_MS)
        artworks = run.artworks(12)
        await tab.look_at(*artworks[:4])
        await tab.drained(20)
        await tab.look_at(*artworks[4:8])
        await tab.hide()
        await tab.until(BeaconQueued, timeout_s=10)
        await tab.front()
        await tab.drained(20)
        await tab.look_at(*artworks[8:])
        await tab.drained(20)
        await run.settle()
    judge(run)


@visit_case(
    views=400,
    checks=lambda arm: [
        check("went_over", transport="fetch" if arm["preset"] == "durable" else "sync", least=1)
    ],
    controls={Capability.FREE_IDS, Capability.PAGE_OPTIONS},
)
async def test_fallback_over_64_kb(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """200 kB of ids are seen at once, more than beacon and keepalive take: is all of it stored?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab(maxBatchSize="400")
        await tab.look_at(*long_ids(run, 400, 500))
        await tab.drained(20)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=1,
    presets=("durable",),
    checks=[check("answered", question="the console script says", answer='"CAN USE BEACON"')],
    controls={Capability.RECORDER_RULES},
)
async def test_console_script(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The roadmap's console script measures 7 kB: can it ever say WILL USE FETCH?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab()
        await tab.look_at(*run.artworks(1))
        await tab.ask("the console script says", _SCRIPT)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
