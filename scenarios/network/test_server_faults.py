"""The line is fine, and what is behind it is not: answers break off, servers and databases go."""

from __future__ import annotations

from harness.browsers.visitor import Tab
from harness.core.clock import every
from harness.core.wait import wait_until
from harness.faults.request.answers import AckLost, Answers, FeltByUse, HalfAnswer, ReadsThenCloses
from harness.ledger.rundir import RunPlan
from harness.run.run import Run
from harness.run.service import TargetService
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.pace import PER_SECOND, look_at_each
from scenarios.common.visit import DRAIN_S, SOON, finish
from scenarios.common.visit_case import visit_case
from scenarios.network.network_case import backs_off, network_case, recovers, recovery_s
from scenarios.network.rows import ROWS

DOWN_S = ROWS["server_restart"].lasts_s
BEFORE, AFTER = 8, 8
STORM_S = ROWS["storm_503"].lasts_s
RETRY_AFTER_S = 3
TIMES = 3
FLUSHES = 6
REFUSED_S = ROWS["writes_refused"].lasts_s
"""Longer than the 10 s that the reference server gives a statement."""
KILLS, EACH = 3, 2
KILLED_WITHIN_MS = 100
"""PostgreSQL writes what an asynchronous commit leaves every 200 ms by default."""


async def _look_and_flush(run: Run, fault: FeltByUse) -> None:
    """Look at four artworks at a time, with a flush after each four, while answers break."""
    tab = await run.visitors.open_tab(flushDelayMs="500", retryBaseMs="400")
    artworks = run.artworks(4 * FLUSHES)
    async with run.fault(fault):
        async for step in every(1.0, FLUSHES):
            await tab.look_at(*artworks[4 * step : 4 * step + 4])
        await tab.drained(60)
    await run.visitors.close_tab(tab)
    await finish(run)


@network_case(
    views=4 * FLUSHES,
    checks=[check("came_again", least=TIMES)],
    presets=["durable"],
    networks=[],
    about_s=25,
)
async def test_ack_lost(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Three batches are stored and their answers lost: are they sent again and stored once?"""
    async with start_run(cell) as run:
        await _look_and_flush(run, AckLost(await run.network.gateway(), times=TIMES))
    judge(run)


@network_case(
    views=4 * FLUSHES,
    checks=[check("came_again", least=TIMES)],
    presets=["durable"],
    networks=[],
    about_s=25,
)
async def test_half_answers(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Three answers break off in the middle: are the batches sent again and stored once?"""
    async with start_run(cell) as run:
        await _look_and_flush(run, HalfAnswer(await run.network.gateway(), times=TIMES))
    judge(run)


@network_case(
    views=4 * FLUSHES,
    presets=["durable"],
    networks=[],
    about_s=25,
)
async def test_read_then_closed(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Three requests are read whole and the connection ends: do their views arrive all the same?"""
    async with start_run(cell) as run:
        await _look_and_flush(run, ReadsThenCloses(await run.network.gateway(), times=TIMES))
    judge(run)


@network_case(
    views=BEFORE + STORM_S * PER_SECOND + AFTER,
    checks=[
        check("in_time", within_s=recovery_s(STORM_S)),
        check("retry_after_heeded", wait_s=RETRY_AFTER_S),
    ],
    presets=["durable"],
    networks=[],
    about_s=40,
)
async def test_storm_503(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The server is overwhelmed for 10 s and asks for 3 s of rest: is it left in peace, and all
    delivered after?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        tab = await run.visitors.open_tab(flushDelayMs="500")
        artworks = run.artworks(BEFORE + STORM_S * PER_SECOND + AFTER)
        await look_at_each(tab, artworks[:BEFORE])
        async with run.fault(Answers(gateway, 503, retry_after_s=RETRY_AFTER_S)):
            await look_at_each(tab, artworks[BEFORE:-AFTER])
        await look_at_each(tab, artworks[-AFTER:])
        await tab.drained(recovery_s(STORM_S))
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    matrix="concurrency",
    views=KILLS * EACH,
    checks=[check("killed_after_commit", within_ms=KILLED_WITHIN_MS, kills=KILLS)],
    presets=("durable",),
    about_s=20,
    controls={Capability.RESTARTABLE_DATABASE},
)
async def test_database_killed_after_ack(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """PostgreSQL is killed milliseconds after an acknowledgement, three times: is the row there?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        artworks = run.artworks(KILLS * EACH)
        tab = await run.visitors.open_tab(flushDelayMs="200", retryBaseMs=SOON)
        for number in range(KILLS):
            fault = run.database.killed_after_answer(gateway)
            async with run.fault(fault):
                await tab.look_at(*artworks[number * EACH : (number + 1) * EACH])
                await tab.drained(DRAIN_S)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


async def _look_while_down(run: Run, tab: Tab, service: TargetService, *, killed: bool) -> None:
    """Look on before, while and after the service is down, and let everything arrive."""
    artworks = run.artworks(BEFORE + DOWN_S * PER_SECOND + AFTER)
    await look_at_each(tab, artworks[:BEFORE])
    async with service.down(killed=killed):
        await look_at_each(tab, artworks[BEFORE:-AFTER])
    await look_at_each(tab, artworks[-AFTER:])
    await tab.drained(recovery_s(DOWN_S))
    await run.visitors.close_tab(tab)
    await finish(run)


@network_case(
    views=BEFORE + DOWN_S * PER_SECOND + AFTER,
    checks=[*recovers(DOWN_S), backs_off(), check("one_in_flight")],
    presets=["durable"],
    paths=[{"how": "killed"}, {"how": "drained"}],
    about_s=45,
    controls={Capability.RESTARTABLE_SERVER},
)
async def test_server_restart(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The server is gone for 8 s, killed or drained: is anything lost or stored twice?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab(flushDelayMs="500")
        await _look_while_down(run, tab, run.server, killed=cell.arm["how"] == "killed")
    judge(run)


@network_case(
    views=BEFORE + DOWN_S * PER_SECOND + AFTER,
    checks=[*recovers(DOWN_S), backs_off(), check("one_in_flight")],
    presets=["durable"],
    paths=[{"how": "crashed"}, {"how": "stopped"}],
    about_s=45,
    controls={Capability.RESTARTABLE_DATABASE},
)
async def test_database_restart(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """PostgreSQL is gone for 8 s, crashed or stopped: is what was acknowledged still there?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab(flushDelayMs="500")
        await _look_while_down(run, tab, run.database, killed=cell.arm["how"] == "crashed")
    judge(run)


@network_case(
    views=REFUSED_S * PER_SECOND + AFTER,
    checks=[check("happened", state="unanswered"), check("no_violations")],
    presets=["durable"],
    networks=[],
    about_s=40,
    controls={Capability.TABLE},
)
async def test_writes_refused(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The database breaks off every write for 15 s: is none acknowledged that is not stored?

    A lock on the table makes statements wait for longer than they may run; reads go on.
    """
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab(flushDelayMs="500", retryBaseMs="400")
        artworks = run.artworks(REFUSED_S * PER_SECOND + AFTER)
        lock = run.database.writes_wait()
        async with run.fault(lock):
            await look_at_each(tab, artworks[:-AFTER])
            await wait_until("a write waits", lock.waiting, timeout_s=DRAIN_S)
        await look_at_each(tab, artworks[-AFTER:])
        await tab.drained(recovery_s(REFUSED_S))
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
