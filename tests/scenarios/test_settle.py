"""The final read waits for what a slow machine still holds, and only for that."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from unittest.mock import AsyncMock

import psutil
import pytest

from harness.browsers.pool import BrowserPool
from harness.core.wait import wait_until
from harness.setup import find_chromium, find_toxiproxy
from reports.judging.judge import judge_run
from scenarios.catalogue.declare import StartRun
from scenarios.common.pace import look_at_each
from tests.scenarios.catalogue.asking import planned


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.stack
@pytest.mark.skipif(
    find_chromium() is None or find_toxiproxy() is None,
    reason="Chromium or Toxiproxy is missing; `harness setup` brings them",
)
@pytest.mark.asyncio(loop_scope="session")  # the loop in which browsers live
async def test_a_beacon_that_a_stalled_machine_holds_is_nobodys_loss(
    start_run: StartRun, browsers: BrowserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Toxiproxy stands still, as on an overloaded machine, from just before the tab closes until
    the rows have been looked for in vain."""
    [cell] = planned("first_visit", browser="chromium", seeds=[1])
    held: list[bool] = []
    async with start_run(cell.plan) as run:
        # Nothing leaves before the tab does.
        tab = await run.visitors.open_tab(flushDelayMs="60000")
        await look_at_each(tab, run.artworks(6))
        stalled, holds = run.context.site.processes["toxiproxy"], run.witnesses.database.holds

        async def holds_then_wakes(expected: Iterable[tuple[str, str]]) -> bool:
            held.append(await holds(expected))
            os.kill(stalled, signal.SIGCONT)
            return held[-1]

        monkeypatch.setattr(run.witnesses.database, "holds", holds_then_wakes)
        # Asked meanwhile, it would be taken for dead, or be waited for.
        monkeypatch.setattr(run.network.path, "alive", AsyncMock())
        monkeypatch.setattr(run.network.path, "check", AsyncMock())
        os.kill(stalled, signal.SIGSTOP)

        def stands_still() -> bool:
            """A thread that was not stopped yet still forwards."""
            return psutil.Process(stalled).status() == psutil.STATUS_STOPPED

        await wait_until("Toxiproxy stands still", stands_still, timeout_s=30)
        await run.visitors.close_tab(tab)
        await run.settle()
    await browsers.close()  # later tests of this process count what it has left running
    assert judge_run(run.directory).cell.fates == {"recovered": 6}
    assert (held[0], held[-1]) == (False, True)
