"""A load while the target breaks: what comes back in time is not lost, and the books are whole."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import psutil
import pytest

from harness.core.clock import NS_PER_S, pause
from harness.core.errors import LedgerUnreadable
from harness.core.wait import wait_until
from harness.ledger.json_files import read_json
from harness.ledger.rundir import LOAD_FILE
from harness.load.schedule.workload import Workload
from reports.evidence.frame import LedgerFrames, read_ledger
from reports.judging.judge import judge_run
from scenarios.catalogue.declare import StartRun
from tests.scenarios.catalogue.asking import planned

# Longer than anything may be late that happens in it, and with time for every retry.
WORKLOAD = Workload(sessions=20, impressions=20, duration_s=20.0, flush_delay_s=1.0, drain_s=120.0)
GONE_S = 3.0
FEW = 2


def live(directory: Path, figure: str) -> int:
    """Return what the load says of itself now; it says so once a second."""
    with contextlib.suppress(LedgerUnreadable):
        return int(read_json(directory / LOAD_FILE).get(figure, 0))
    return 0


def load_generators() -> list[list[str]]:
    """Return the command lines of those that live; one that ends while we look is gone."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            found.append(child.cmdline())
    return [argv for argv in found if "locust" in argv]


async def loaded_while_down(start_run: StartRun, part: str) -> tuple[LedgerFrames, dict[str, int]]:
    """Send a load while a part of the target is killed and comes back; return what was seen."""
    # Any cell lends its stack; this one has time enough.
    [cell] = planned("continuous_views", browser="chromium", seeds=[1])
    async with start_run(cell.plan) as run:
        loading = asyncio.create_task(run.load.send(WORKLOAD))

        async def under_way() -> bool:
            return await run.witnesses.database.count() >= WORKLOAD.total // 10

        await wait_until("the load is under way", under_way, timeout_s=60)
        assert load_generators()
        before = live(run.directory, "failed")

        def is_felt() -> bool:
            """Requests fail without a server; without a database they pile up and wait."""
            if part == "server":
                return live(run.directory, "failed") > before
            return live(run.directory, "in_flight") >= FEW

        service = run.server if part == "server" else run.database
        async with service.down(killed=True):
            await wait_until(f"the load feels that the {part} is gone", is_felt, timeout_s=60)
            await pause(GONE_S)
        await loading
        await run.settle()
    assert not (run.directory / LOAD_FILE).exists()
    assert not load_generators()
    return read_ledger(run.directory), judge_run(run.directory).cell.fates


@pytest.mark.slow
@pytest.mark.stack
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("part", ["server", "database"])
@pytest.mark.slowest
async def test_a_restart_in_the_middle_loses_nothing(start_run: StartRun, part: str) -> None:
    ledger, fates = await loaded_while_down(start_run, part)
    assert not [gap for gap in ledger.gaps if "load" in gap or "viewer" in gap]
    assert sum(fates.values()) == WORKLOAD.total
    assert set(fates) <= {"recorded_once", "recovered"}
    load = ledger.load
    if part == "server":
        why = " ".join(load.loc[load["outcome"] == "unknown", "error"].dropna())
        assert any(word in why for word in ("refused", "reset", "closed")), (
            f"no request felt it: {why}"
        )
    else:
        # The server says no after ten seconds; until then requests wait for the database, and
        # only one whose statement was cut short hears 503.
        refused = load["status"] == 503
        waited = load["done_ns"] - load["sent_ns"] > GONE_S / 2 * NS_PER_S
        assert (refused | waited).sum() >= FEW, "no request felt that the database was gone"
    sent = [a for ids in ledger.load[ledger.load["attempt"] == 1]["artworks"] for a in ids]
    assert len(sent) == WORKLOAD.total
