"""Time and chance have one door."""

from __future__ import annotations

import asyncio

import pytest

from harness.core import clock
from harness.core.clock import every, seeded_random


@pytest.mark.asyncio
async def test_a_late_step_is_not_skipped_and_the_next_is_on_time() -> None:
    loop = asyncio.get_running_loop()
    start, seen = loop.time(), []
    async for step in every(0.02, 5):
        seen.append(step)
        if step == 1:
            await asyncio.sleep(0.05)  # noqa: TID251 - the step itself takes long
    assert seen == [0, 1, 2, 3, 4]
    assert loop.time() - start >= 0.08


def test_chance_is_the_same_for_a_seed_and_apart_for_each_purpose() -> None:
    assert seeded_random(7, "a").random() == seeded_random(7, "a").random()
    assert seeded_random(7, "a").random() != seeded_random(7, "b").random()
    assert seeded_random(7, "a").random() != seeded_random(8, "a").random()


def test_a_moment_whose_reading_was_interrupted_is_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Preempted between the clocks, one read would say that the wall clock had moved."""
    mono = iter([0, 7_000_000, 8_000_000, 8_000_100])
    wall = iter([5_000_000_000, 5_008_000_000])
    monkeypatch.setattr("harness.core.clock.time.monotonic_ns", lambda: next(mono))
    monkeypatch.setattr("harness.core.clock.time.time_ns", lambda: next(wall))
    assert clock.now() == clock.Instant(8_000_000, 5_008_000_000)


def test_of_interrupted_readings_the_closest_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    apart = iter([9, 7, 3, 8, 5])
    times = iter([t for gap in apart for t in (0, gap * 1_000_000)])
    wall = iter([10, 20, 30, 40, 50])
    monkeypatch.setattr("harness.core.clock.time.monotonic_ns", lambda: next(times))
    monkeypatch.setattr("harness.core.clock.time.time_ns", lambda: next(wall))
    assert clock.now().wall_ns == 30
