"""Slow and lossy networks for a whole visit, calibrated before and after it."""

from __future__ import annotations

import contextlib

from harness.core.errors import WaitTimeout
from harness.faults.line.profiles import profile_of
from harness.faults.line.shaping import Worse
from harness.ledger.kinds.client import Acknowledged
from harness.ledger.rundir import RunPlan
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.pace import look_at_each, look_once_a_second, switch_rapidly
from scenarios.common.visit import finish, heavy_ids
from scenarios.network.network_case import network_case, recovers, recovery_s
from scenarios.network.rows import ROWS

FLUSH_DELAY_MS = 2000
FAST_VIEWS = 160
"""Three of these may be late and the p95 is decided all the same; of 64 none might be."""
SLOW_VIEWS, SLOW_LONG = 32, 160
SLOW_REQUEST_BYTES = "100000"
LATE_VIEWS = 24
LOSSY_S = ROWS["half_lost"].lasts_s
LONGER_S = 240
TO_COMPARE = 14
"""Ten are needed that began five seconds before the end."""
COLLAPSED_S = ROWS["bandwidth_collapse"].lasts_s
WINDOW_S = 5.0


@network_case(
    views=FAST_VIEWS,
    checks=[
        check("calibrated"),
        check("no_retries"),
        check("acknowledged_p95", limit_ms=FLUSH_DELAY_MS + 500),
        check("one_in_flight"),
    ],
    about_s=75,
)
async def test_fast_3g(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """60 ms and 1.6 Mbps: is everything acknowledged soon, without a single retry?"""
    async with start_run(cell) as run, run.network.shaped("fast-3g"):
        tab = await run.visitors.open_tab()
        await look_at_each(tab, run.artworks(FAST_VIEWS))
        await tab.drained(15)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@network_case(
    views=SLOW_VIEWS + SLOW_LONG,
    checks=[
        check("calibrated"),
        check("queue_peaked", least=SLOW_LONG),
        check("timed_out_then"),
        check("one_in_flight"),
    ],
    about_s=90,
)
async def test_slow_3g(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """400 ms and 400 kbps, long names and rapid tab switches: do batches queue and come again?

    160 names of 500 bytes in one request take 1.6 s and a round trip, longer than the first attempt
    may: a timeout, and a retry. (A target that takes no such names is shown as many of its own, in
    less time.) Of the usual 48 KiB a request this line never times out.
    """
    async with start_run(cell) as run, run.network.shaped("slow-3g"):
        tab = await run.visitors.open_tab(maxRequestBytes=SLOW_REQUEST_BYTES)
        artworks = run.artworks(SLOW_VIEWS)
        await look_at_each(tab, artworks[: SLOW_VIEWS // 2])
        await tab.look_at(*heavy_ids(run, SLOW_LONG, 500, beside=SLOW_VIEWS))
        await switch_rapidly(tab)
        await look_at_each(tab, artworks[SLOW_VIEWS // 2 :])
        await tab.drained(60)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@network_case(
    views=LATE_VIEWS,
    checks=[
        check("calibrated"),
        check("timed_out_then", transport="keepalive"),
        check("one_in_flight"),
    ],
    about_s=90,
)
async def test_high_latency(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """2000 ms: does the timeout lead to the keepalive fallback?

    The line gets so slow when the page is there: to load it would take half a minute.
    """
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab()
        async with run.network.shaped("high-latency"):
            await look_at_each(tab, run.artworks(LATE_VIEWS))
            await tab.drained(60)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@network_case(
    views=LOSSY_S,
    checks=[
        check("calibrated"),
        *recovers(LOSSY_S, at_most_s=LOSSY_S + LONGER_S),
        check("soon_as_reference", within_s=WINDOW_S),
        check("first_retry_soon", within_s=WINDOW_S),
        check("one_in_flight"),
    ],
    about_s=300,
    networks=["packets"],
)
async def test_half_lost(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Half of all packets are lost each way for a while: is the page as good as a plain client?

    For two minutes; then for as long as it takes until enough batches of five have come through to
    compare. An engine that opens a connection for every try needs half a minute for each.
    """
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab(flushDelayMs="500", maxBatchSize="5")
        artworks = run.artworks(LOSSY_S)
        lossy = run.fault(Worse(run.network.path, profile_of("lossy")))
        async with lossy, run.network.calibrated("lossy"), run.network.reference_client():
            await look_once_a_second(tab, artworks)
            if cell.arm["preset"] == "durable":  # the other counts what it never hears of again
                with contextlib.suppress(WaitTimeout):  # soon_as_reference says so then
                    await tab.until(Acknowledged, times=TO_COMPARE, timeout_s=LONGER_S)
        await tab.drained(recovery_s(LOSSY_S + LONGER_S))
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@network_case(
    views=COLLAPSED_S * 4 + 16,
    checks=[
        check("calibrated"),
        *recovers(COLLAPSED_S),
        check("queue_peaked", least=COLLAPSED_S * 2),
    ],
    about_s=90,
)
async def test_bandwidth_collapse(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """1.6 Mbps collapse to 16 kbps for 20 s: does the queue build and drain?

    Names of 500 bytes, four a second: as much again as the narrow line carries.
    """
    async with start_run(cell) as run, run.network.rehearsed("collapse"):
        tab = await run.visitors.open_tab()
        await look_at_each(tab, run.artworks(8))
        async with run.fault(Worse(run.network.path, profile_of("collapse"))):
            await look_at_each(tab, heavy_ids(run, COLLAPSED_S * 4, 500, beside=16))
        await look_at_each(tab, run.artworks(16)[8:])
        await tab.drained(recovery_s(COLLAPSED_S))
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
