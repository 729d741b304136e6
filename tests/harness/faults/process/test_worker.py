"""A worker that is killed or paused is so for as long as the fault is held."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from harness.faults.base import held
from harness.faults.process.worker import WorkerKilled, WorkerPaused
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import NETWORK
from tests.harness.faults.process.sleeper import Sleeper

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]


@pytest.mark.parametrize("fault_type", [WorkerKilled, WorkerPaused])
async def test_it_is_felt_while_it_is_held(
    tmp_path: Path, fault_type: type[WorkerKilled] | type[WorkerPaused]
) -> None:
    worker = Sleeper()
    await worker.start()
    first = worker.pid
    try:
        with Ledger(tmp_path) as ledger:
            fault = fault_type(worker)
            assert await fault.evidence() == ""
            async with held(fault, ledger.witness(NETWORK)):
                assert await fault.evidence()
            assert (worker.pid == first) is (fault_type is WorkerPaused)
            assert psutil.Process(worker.pid).status() != psutil.STATUS_STOPPED
    finally:
        await worker.kill()
    kinds = read_witness(tmp_path / "network.arrows").table["kind"].to_pylist()
    assert kinds.count("sentinel_bitten") == 2


async def test_a_paused_worker_that_is_gone_is_no_error() -> None:
    worker = Sleeper()
    await worker.start()
    fault = WorkerPaused(worker)
    await fault.inject()
    await worker.kill()
    assert await fault.evidence() == ""
    await fault.heal()
