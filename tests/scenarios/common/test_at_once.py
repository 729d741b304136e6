"""Batches that meet: what each tab shows, and the order in which a meeting goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from harness.target.capabilities import Capability
from scenarios.common import at_once
from scenarios.common.at_once import let_meet, met, patient, shared_and_own


def test_every_tab_shows_what_all_show_and_some_of_its_own() -> None:
    artworks = [f"a{n}" for n in range(10)]
    shown = shared_and_own(artworks, ["x", "y"], 2)  # type: ignore[list-item]
    assert list(shown.values()) == [
        ["a0", "a1", "a4", "a5", "a6", "a7", "a8", "a9"],
        ["a9", "a8", "a7", "a6", "a5", "a4", "a3", "a2"],
    ]


def test_only_a_recorder_that_gives_requests_up_is_made_patient() -> None:
    assert patient({"preset": "durable"}) == {"firstTimeoutMs": "30000"}
    assert patient({"preset": "roadmap"}) == {}
    assert met(4).parameters == {"parties": 4}


class FakeBarrier:
    parties = 2

    def __init__(self, log: list[str]) -> None:
        self.log = log

    async def gathered(self, *, timeout_s: float) -> bool:
        self.log.append("gathered")
        return True

    def release(self) -> None:
        self.log.append("released")


def run(log: list[str], *, database: bool) -> Any:
    @asynccontextmanager
    async def fault(lock: Any) -> AsyncIterator[None]:
        log.append("locked")
        yield
        log.append("unlocked")

    async def waiting() -> int:
        log.append("a write waits")
        return 1

    capabilities = {Capability.TABLE} if database else set()
    return SimpleNamespace(
        context=SimpleNamespace(site=SimpleNamespace(capabilities=capabilities, direct_url="")),
        system=SimpleNamespace(dialect=SimpleNamespace(readiness_path="")),
        database=SimpleNamespace(writes_wait=lambda: SimpleNamespace(waiting=waiting)),
        fault=fault,
    )


@pytest.mark.asyncio
async def test_they_meet_while_no_write_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_once, "SLOW_S", 0.0)
    log: list[str] = []
    await let_meet(run(log, database=True), FakeBarrier(log))  # type: ignore[arg-type]
    assert log == ["gathered", "locked", "released", "a write waits", "released", "unlocked"]


@pytest.mark.asyncio
async def test_they_meet_where_the_database_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_once, "SLOW_S", 0.0)
    log: list[str] = []
    await let_meet(run(log, database=False), FakeBarrier(log))  # type: ignore[arg-type]
    assert log == ["gathered", "released"]
