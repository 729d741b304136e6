"""A process stands still for as long as it is held, and goes on after it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
import pytest

from harness.core.errors import WaitTimeout
from harness.faults.base import held
from harness.faults.process import still
from harness.faults.process.still import Still
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import NETWORK

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]


class Sleeper:
    """A part whose process does nothing."""

    name, servers, address = "balancer", 0, ("127.0.0.1", 1)

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        return 0 if self._process is None else self._process.pid

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec("sleep", "600")

    async def stop(self, *, killed: bool) -> None:
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None


async def test_it_is_stopped_while_it_is_held(tmp_path: Path) -> None:
    part = Sleeper()
    await part.start()
    try:
        with Ledger(tmp_path) as ledger:
            fault = Still(part)
            assert await fault.evidence() == ""
            async with held(fault, ledger.witness(NETWORK)):
                assert psutil.Process(part.pid).status() == psutil.STATUS_STOPPED
            assert psutil.Process(part.pid).status() != psutil.STATUS_STOPPED
            await part.stop(killed=True)
            await fault.heal()
    finally:
        await part.stop(killed=True)
    kinds = read_witness(tmp_path / "network.arrows").table["kind"].to_pylist()
    assert kinds.count("sentinel_bitten") == 2


async def test_a_part_that_is_gone_does_not_stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still, "STILL_S", 0.1)
    with pytest.raises(WaitTimeout, match="balancer stands still"):
        await Still(Sleeper()).inject()
