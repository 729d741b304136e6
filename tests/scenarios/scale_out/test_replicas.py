"""A replica's faults come in their order and stay for as long as the scenario says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from harness.faults.process.replica import PrimaryLost, ReplayPaused, ReplicaCutOff
from scenarios.scale_out import replicas


class FakeRun:
    """Notes which faults are held, and how long time passes meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.story: list[Any] = []
        site = SimpleNamespace(replica_dsn="postgresql://x", parts={"database": object()})
        ledger = SimpleNamespace(witness=lambda kind: None)
        self.context = SimpleNamespace(site=site, ledger=ledger)
        monkeypatch.setattr(replicas, "pause", self._pass)

    async def _pass(self, seconds: float) -> None:
        self.story.append(seconds)

    @asynccontextmanager
    async def fault(self, fault: Any) -> AsyncIterator[None]:
        self.story.append(type(fault))
        yield
        self.story.append(f"{fault.name} ends")


def test_replay_stands_still_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    run: Any = FakeRun(monkeypatch)
    asyncio.run(replicas.pause_replay(run, None))  # type: ignore[arg-type]
    assert run.story == [ReplayPaused, replicas.PAUSED_S, "replay paused ends"]


def test_a_primary_is_lost_while_its_replica_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    run: Any = FakeRun(monkeypatch)
    asyncio.run(replicas.lose_primary(run, None))  # type: ignore[arg-type]
    assert run.story == [
        *(ReplicaCutOff, replicas.CUT_OFF_S),
        *(PrimaryLost, "primary lost ends"),
        "replica cut off ends",
    ]
