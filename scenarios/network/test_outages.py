"""The line is dead for a while, or comes and goes, or is dead for some connections only."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.clock import seeded_random
from harness.faults.line.path import Outage
from harness.faults.line.toxiproxy.unsteady import Bursts
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.pace import look_at_each, look_once_a_second, switch_rapidly
from scenarios.common.visit import finish
from scenarios.network.network_case import backs_off, network_case, recovers, recovery_s
from scenarios.network.rows import ROWS

OFFLINE_S = ROWS["offline"].lasts_s
BEFORE, AFTER = 8, 8
BURSTS_S = ROWS["bursts"].lasts_s
SHORTEST_S, LONGEST_S = 0.8, 1.9
FLAKY_S = ROWS["half_of_connections"].lasts_s
WINDOW_S = 5.0


_ONLINE = "navigator.onLine during the outage"


def _offline(arm: Arm) -> Sequence[CheckSpec]:
    """Only a link that is down is seen by ``navigator.onLine``: of no other does the page hear."""
    knows = "false" if arm["cut"] == "linkdown" else "true"
    return (
        check("calibrated"),
        *recovers(OFFLINE_S),
        check("queue_peaked", least=OFFLINE_S - 5),
        check("mass_flush", within_s=3),
        check("one_in_flight"),
        backs_off(),
        check("premise_held", question=_ONLINE, answer=knows),
    )


@network_case(
    views=BEFORE + OFFLINE_S + AFTER,
    checks=_offline,
    paths=[
        {"cut": "refused", "network": "toxiproxy"},
        {"cut": "drop", "network": "packets"},
        {"cut": "drop", "network": "toxiproxy"},
        {"cut": "linkdown", "network": "packets"},
    ],
    about_s=110,
)
async def test_offline(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Offline for 30 s, with rapid tab switches: does the queue build and go in one mass flush?

    ``refused``: the server's machine says no at once; ``drop``: packets vanish; ``linkdown``:
    the visitor's own machine knows, and so does ``navigator.onLine``.
    """
    async with start_run(cell) as run, run.network.shaped("open"):
        tab = await run.visitors.open_tab()
        artworks = run.artworks(BEFORE + OFFLINE_S + AFTER)
        await look_at_each(tab, artworks[:BEFORE])
        async with run.network.cut(Outage(cell.arm["cut"])):
            await look_once_a_second(tab, artworks[BEFORE : BEFORE + OFFLINE_S])
            await tab.ask(_ONLINE, "() => navigator.onLine")
            await switch_rapidly(tab)
        await look_at_each(tab, artworks[BEFORE + OFFLINE_S :])
        await tab.drained(recovery_s(OFFLINE_S))
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


def _after_bursts(arm: Arm) -> Sequence[CheckSpec]:
    """Refused connections fail at once and are tried again by the rule; packets that are dropped
    for so short a time come again by themselves, and the page may notice nothing."""
    if arm["cut"] == "refused":
        soon = check("first_retry_soon", within_s=WINDOW_S)
        return (*recovers(BURSTS_S), backs_off(retries=3), soon, check("one_in_flight"))
    return (*recovers(BURSTS_S, felt_least=0), check("soon_as_reference", within_s=WINDOW_S))


@network_case(
    views=BURSTS_S,
    checks=_after_bursts,
    paths=[
        {"cut": "drop", "network": "packets"},
        {"cut": "refused", "network": "toxiproxy"},
    ],
    about_s=110,
)
async def test_bursts(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The line is dead for a second or two at a time, half the time: does all come through?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab(flushDelayMs="500")
        bursts = Bursts(
            run.network.path.outage(Outage(cell.arm["cut"])),
            seeded_random(cell.seed, "bursts"),
            shortest_s=SHORTEST_S,
            longest_s=LONGEST_S,
        )
        async with run.fault(bursts), run.network.reference_client():
            await look_once_a_second(tab, run.artworks(BURSTS_S))
        await tab.drained(recovery_s(BURSTS_S))
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@network_case(
    views=FLAKY_S,
    checks=[
        *recovers(FLAKY_S),
        check("one_in_flight"),
        backs_off(),
        check("first_retry_soon", within_s=WINDOW_S),
    ],
    networks=["toxiproxy"],
    about_s=110,
)
async def test_half_of_connections(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Every second half of all connections are reset: is anything lost?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab(flushDelayMs="500")
        async with run.network.reset_connections(0.5):
            await look_once_a_second(tab, run.artworks(FLAKY_S))
        await tab.drained(recovery_s(FLAKY_S))
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
