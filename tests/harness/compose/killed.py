"""A run of which one part is killed at a moment that a seed chooses, and what came of it."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import psutil
from msgspec.structs import replace as changed

from harness.browsers.behind_link import BehindLink
from harness.browsers.pool import BrowserPool
from harness.compose.reference import run_on_a_stack
from harness.core.clock import pause, seeded_random
from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.ledger.plan import PlannedCell, SuiteOptions
from harness.process.processes import Processes
from harness.process.supervisor import SCRATCH_PREFIX, tagged_processes
from harness.run.run import Run
from harness.target.http import send
from harness.target.sign_in import sign_in
from reports.judging.judge import judge_run
from reports.verdict.verdict import Cell
from scenarios.load.arms import workload_of
from tests.scenarios.catalogue.asking import planned

LATEST_S = 1.0
"""The latest moment at which a part is killed, from when the run is at work."""

Work = Callable[[Run], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Killed:
    """What came of a run: its cell, for how long it went on after the kill (s), the processes that
    are left, and what is left among the temporary files."""

    cell: Cell
    took_s: float
    processes: list[str]
    files: list[str]


async def posts(run: Run) -> None:
    """Send batches one after the other, whatever the answers are."""
    site = run.context.site
    dialect = site.system.dialect
    session = await sign_in(dialect, site.direct_url, run.visitor)
    cookie = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
        for number in range(100_000):
            batch = dialect.batch_request([f"artwork-{number:04d}"], "tab")
            batch = replace(batch, headers={**batch.headers, "Cookie": cookie})
            await send(client, site.direct_url, batch)
            await pause(0.01)


async def loads(run: Run) -> None:
    """Send the load that the arm names, by as many generators as it says."""
    await run.load.send(workload_of(run.plan.arm))


async def visits(run: Run) -> None:
    """Look at artworks one after the other."""
    tab = await run.visitors.open_tab()
    for artwork in run.artworks(150):
        await tab.look_at(artwork)
        await pause(0.1)


async def killed(part: str, seed: int, work: Work, directory: Path, **arm: str) -> Killed:
    """Return what comes of a run at ``work`` whose ``part`` (its name in ``OWNERS``) is killed."""
    [cell] = planned("steady_load")
    cell = changed(cell, plan=changed(cell.plan, arm={**cell.plan.arm, **arm}, seed=seed))
    with Processes() as processes:
        tag, began_s = processes.tag, 0.0
        try:
            async with _started(cell, directory, processes) as run:
                at_work = asyncio.ensure_future(work(run))
                victim = await _victim(run, processes, part, at_work)
                await pause(seeded_random(seed, f"death of {part}").uniform(0, LATEST_S))
                began_s = time.monotonic()
                os.kill(victim, signal.SIGKILL)
                try:
                    await at_work
                    await asyncio.Event().wait()
                finally:
                    at_work.cancel()
                    await asyncio.gather(at_work, return_exceptions=True)
        except HarnessError:
            took_s = time.monotonic() - began_s
    left = [process.name() for process in tagged_processes(tag)]
    places = {Path(tempfile.gettempdir()), Path("/tmp")}
    files = [path.name for place in places for path in place.glob(f"{SCRATCH_PREFIX}{tag}-*")]
    files += [path.name for path in Path(tempfile.gettempdir()).glob("*hromium*")]
    judged = judge_run(directory / cell.run).cell
    return Killed(cell=judged, took_s=took_s, processes=left, files=files)


@asynccontextmanager
async def _started(cell: PlannedCell, directory: Path, processes: Processes) -> AsyncIterator[Run]:
    async with AsyncExitStack() as exits:
        link, pool = None, None
        if cell.plan.arm.get("network", "").endswith("packets"):
            behind = BehindLink(processes, directory / "logs")
            link, pool = await (await exits.enter_async_context(behind)).get()
        elif "browser" in cell.plan.arm:
            pool = BrowserPool(processes, directory / "logs")
            exits.push_async_callback(pool.close)
        options = SuiteOptions()
        stack = run_on_a_stack(cell, directory, options, processes, pool, link=link)
        yield await exits.enter_async_context(stack)


async def _victim(run: Run, processes: Processes, part: str, at_work: asyncio.Future[None]) -> int:
    """Return the part's process id once it runs and the work has begun to leave traces."""

    def found() -> int:
        if at_work.done():
            at_work.result()
        used = {name: pid for pid, name in run.browsers.pids().items()}
        children = {child.name: child.pid for child in processes.children}
        return (children | dict(run.context.site.processes) | used).get(part, 0)

    def is_at_work() -> bool:
        receipts = run.context.site.receipts
        return bool(found()) and receipts.stat().st_size > 2_000

    await wait_until(f"{part} is at work", is_at_work, timeout_s=120)
    assert psutil.pid_exists(found())
    return found()
