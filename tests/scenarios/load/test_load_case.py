"""A load is sent as its arm names it, settled, and judged when the run is closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from harness.ledger.rundir import RunPlan
from scenarios.load.arms import workload_of
from scenarios.load.load_case import SETTLE_S, send_and_judge


@pytest.mark.asyncio
async def test_it_is_sent_settled_closed_and_judged_in_this_order() -> None:
    log: list[object] = []
    cell = RunPlan(scenario="steady_load", arm={"workload": "steady"}, seed=1)

    async def send(workload: object) -> None:
        log.append(("sent", workload))

    async def settle(*, timeout_s: float) -> None:
        log.append(("settled", timeout_s))

    @asynccontextmanager
    async def start_run(plan: RunPlan) -> AsyncIterator[Any]:
        assert plan is cell
        yield SimpleNamespace(load=SimpleNamespace(send=send), settle=settle)
        log.append("closed")

    await send_and_judge(cell, start_run, lambda run: log.append("judged"))
    assert log == [("sent", workload_of(cell.arm)), ("settled", SETTLE_S), "closed", "judged"]
