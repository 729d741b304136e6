"""The final read waits for what a slow machine still holds, and only for that."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from harness.browsers.pool import BrowserPool
from harness.setup import find_chromium, find_toxiproxy
from reports.judge import judge_run
from scenarios.declare import StartRun, load_all
from scenarios.pace import look_at_each
from scenarios.planning import select


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.stack
@pytest.mark.skipif(
    find_chromium() is None or find_toxiproxy() is None,
    reason="Chromium or Toxiproxy is missing; `harness setup` brings them",
)
@pytest.mark.asyncio(loop_scope="session")  # the loop in which browsers live
async def test_a_beacon_that_a_stalled_machine_holds_is_nobodys_loss(
    start_run: StartRun, browsers: BrowserPool
) -> None:
    """Toxiproxy stands still for 1.5 s, as on an overloaded machine, just when the tab closes."""
    levels = {"preset": "durable", "browser": "chromium"}
    [cell] = select(load_all(), suite=None, names=["first_visit"], levels=levels, seeds=[1])
    async with start_run(cell.plan) as run:
        tab = await run.open_tab(flushDelayMs="60000")  # nothing leaves before the tab does
        await look_at_each(tab, run.artworks(6))
        stalled = run.site.processes["toxiproxy"]
        os.kill(stalled, signal.SIGSTOP)
        await run.close_tab(tab)
        asyncio.get_running_loop().call_later(1.5, os.kill, stalled, signal.SIGCONT)
        await run.settle()
    await browsers.close()  # later tests of this process count what it has left running
    assert judge_run(run.directory).cell.fates == {"recovered": 6}
