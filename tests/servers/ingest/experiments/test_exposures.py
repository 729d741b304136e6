"""Exposures: the user's own variant only, once, soon, and never at an impression's cost."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from prometheus_client import CollectorRegistry, Counter

from harness.core.wait import wait_until
from servers.ingest.experiments import exposures as module
from servers.ingest.experiments.exposures import Exposure, Exposures
from tests.servers.ingest.experiments.flush import FLUSH, OTHER, SERVED

pytestmark = pytest.mark.asyncio


class Kept:
    """Exposures in memory; fails while ``broken``."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Exposure] = {}
        self.broken = False
        self.tries = 0

    async def is_written(self) -> bool:
        return bool(self.rows)

    async def was_tried_twice(self) -> bool:
        return self.tries >= 2

    async def expose(self, exposures: list[Exposure]) -> int:
        self.tries += 1
        if self.broken:
            raise psycopg.OperationalError("away")
        new = {(e.experiment, e.user): e for e in exposures}
        found = len(new.keys() - self.rows.keys())
        self.rows = new | self.rows
        return found


class Counted:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.counter = Counter("e", "e", ["result"], registry=self._registry)

    def __getitem__(self, result: str) -> float:
        return self._registry.get_sample_value("e_total", {"result": result}) or 0.0


async def test_a_user_is_exposed_once_and_the_first_time_stays() -> None:
    kept, counted = Kept(), Counted()
    exposures = Exposures(SERVED, kept, counted.counter)
    own = FLUSH.variant_of("ann")
    for at_s in (1.0, 2.0):
        exposures.named("ann", {"flush": own}, at_s)
    await wait_until("it is written", kept.is_written, timeout_s=30)
    exposures.named("ann", {"flush": own}, 3.0)
    await exposures.close()
    assert list(kept.rows.values()) == [Exposure("flush", "ann", own, 1.0)]
    assert (counted["new"], counted["known"]) == (1, 1)


async def test_another_variant_is_counted_and_not_written() -> None:
    kept, counted = Kept(), Counted()
    exposures = Exposures(SERVED, kept, counted.counter)
    for named in (OTHER[FLUSH.variant_of("ann")], "", 7, None, ["fast"], {"a": 1}):
        exposures.named("ann", {"flush": named}, 1.0)
    exposures.named("ann", {"gone": "fast"}, 1.0)
    await exposures.close()
    assert kept.rows == {}
    assert (counted["mismatch"], counted["unknown"], kept.tries) == (6, 1, 0)


async def test_a_batch_that_names_very_many_costs_little() -> None:
    counted = Counted()
    exposures = Exposures(SERVED, Kept(), counted.counter)
    exposures.named("ann", {f"e{n}": "x" for n in range(5_000)}, 1.0)
    assert (counted["unknown"], counted["mismatch"]) == (20, 4_980)


async def test_what_the_database_does_not_take_is_written_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    kept, counted = Kept(), Counted()
    kept.broken = True
    exposures = Exposures(SERVED, kept, counted.counter)
    exposures.named("ann", {"flush": FLUSH.variant_of("ann")}, 1.0)
    await wait_until("it was tried twice", kept.was_tried_twice, timeout_s=30)
    kept.broken = False
    await wait_until("it is written", kept.is_written, timeout_s=30)
    await exposures.close()
    assert counted["failed"] >= 2
    assert counted["dropped"] == 0


async def test_more_than_can_wait_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_MAX", 2)
    kept, counted = Kept(), Counted()
    kept.broken = True
    exposures = Exposures(SERVED, kept, counted.counter)
    for user in ("a", "b", "c"):
        exposures.named(user, {"flush": FLUSH.variant_of(user)}, 1.0)
    await asyncio.wait_for(exposures.close(), 10)
    assert counted["dropped"] == 3
