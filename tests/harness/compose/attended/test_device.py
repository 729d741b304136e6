"""A session with a device is announced by a link, and leaves nothing when no device came."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from harness.compose.attended.device import DeviceOrder, hold_session
from harness.core.wait import wait_until
from harness.device.session import SessionOptions
from harness.ledger.plan import SuiteOptions
from harness.process.processes import Processes
from harness.target.system import system_named
from harness.target.target import Target
from scenarios.browsers.by_hand import FIVE


@pytest.mark.asyncio
async def test_interrupted_before_a_device_came_it_has_made_no_suite(tmp_path: Path) -> None:
    lines: list[str] = []
    codes: list[str] = []
    order = DeviceOrder(
        session=SessionOptions(system=system_named(Target().system), steps=FIVE, preset="durable"),
        out=tmp_path / "runs",
        command="harness device",
        options=SuiteOptions(),
        database_url=None,
        show_code=codes.append,
    )
    with Processes() as processes:
        task = asyncio.create_task(hold_session(order, processes, lines.append))
        await wait_until("it waits", lambda: any("waits" in line for line in lines), timeout_s=30)
        task.cancel()
        assert await task is None
    assert not order.out.exists()
    [code] = codes
    assert code.startswith("http://127.0.0.1:")
    assert any(code in line for line in lines)
    assert any("--bind" in line for line in lines)
