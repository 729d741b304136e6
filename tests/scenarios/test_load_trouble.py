"""A load while the target breaks: what comes back in time is not lost, and the books are whole."""

from __future__ import annotations

import asyncio

import psutil
import pytest

from harness.clock import NS_PER_S, pause
from harness.load.workload import Workload
from harness.rundir import LOAD_FILE
from harness.wait import wait_until
from reports.frame import LedgerFrames, read_ledger
from reports.judge import judge_run
from scenarios.declare import StartRun, load_all
from scenarios.planning import select

WORKLOAD = Workload(sessions=20, impressions=20, duration_s=12.0, flush_delay_s=1.0)
GONE_S = 3.0


async def loaded_while_down(start_run: StartRun, part: str) -> tuple[LedgerFrames, dict[str, int]]:
    """Send a load while a part of the target is killed and comes back; return what was seen."""
    # Any cell lends its stack.
    levels = {"preset": "durable", "browser": "chromium"}
    [cell] = select(load_all(), suite=None, names=["first_visit"], levels=levels, seeds=[1])
    async with start_run(cell.plan) as run:
        loading = asyncio.create_task(run.load(WORKLOAD))

        async def under_way() -> bool:
            return await run.database.count() >= WORKLOAD.total // 10

        await wait_until("the load is under way", under_way, timeout_s=60)
        async with run.down(part, killed=True):
            await pause(GONE_S)
        await loading
        await run.settle()
    assert not (run.directory / LOAD_FILE).exists()
    assert not [p for p in psutil.Process().children(recursive=True) if "locust" in p.cmdline()]
    return read_ledger(run.directory), judge_run(run.directory).cell.fates


@pytest.mark.slow
@pytest.mark.stack
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("part", ["server", "database"])
async def test_a_restart_in_the_middle_loses_nothing(start_run: StartRun, part: str) -> None:
    ledger, fates = await loaded_while_down(start_run, part)
    assert not [gap for gap in ledger.gaps if "load" in gap or "viewer" in gap]
    assert sum(fates.values()) == WORKLOAD.total
    assert set(fates) <= {"recorded_once", "recovered"}
    load = ledger.load
    if part == "server":
        why = " ".join(load.loc[load["outcome"] == "unknown", "error"].dropna())
        assert any(word in why for word in ("refused", "reset", "closed")), f"nobody felt it: {why}"
    else:
        # The server says no after ten seconds; until then requests wait for the database, and
        # only one whose statement was cut short hears 503.
        refused = load["status"] == 503
        waited = load["done_ns"] - load["sent_ns"] > GONE_S / 2 * NS_PER_S
        assert (refused | waited).sum() >= 2, "nobody felt that the database was gone"
    sent = [a for ids in ledger.load[ledger.load["attempt"] == 1]["artworks"] for a in ids]
    assert len(sent) == WORKLOAD.total
