"""The arithmetic says what it should, on numbers whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.figures import memory_slope, percentile, spread
from harness.core.clock import seeded_random

BATCH_NS = 1_000_000


def _grown(bytes_an_impression: float) -> tuple[list[int], list[int], list[int]]:
    """Samples of a server that took 10,000 batches of 10, noisy like an allocator."""
    chance = seeded_random(1, "allocator")
    done = [n * BATCH_NS for n in range(10_000)]
    at = [n * 50 * BATCH_NS for n in range(200)]
    rss = [
        int(5e7 + bytes_an_impression * 10 * (now / BATCH_NS) + chance.randrange(3) * 4096)
        for now in at
    ]
    return at, rss, done


@pytest.mark.parametrize("grows_by", [0.0, 9.0, 40.0])
def test_the_slope_is_found_among_noise(grows_by: float) -> None:
    slope = memory_slope(*_grown(grows_by), 10, after=20_000)
    assert slope.low <= grows_by <= slope.high + 1e-9
    assert slope.estimate == pytest.approx(grows_by, abs=0.5)


def test_what_grew_in_the_warm_up_is_left_out() -> None:
    at, rss, done = _grown(0.0)
    early = [
        held - 10_000_000 if now < 1_000 * BATCH_NS else held
        for now, held in zip(at, rss, strict=True)
    ]
    assert memory_slope(at, early, done, 10, after=20_000).high < 1
    assert memory_slope(at, np.linspace(0, 1e9, 200).tolist(), done, 10, after=0).low > 1_000


def test_a_slope_of_too_few_samples_is_refused() -> None:
    at, rss, done = _grown(0.0)
    with pytest.raises(ValueError, match="10 are needed"):
        memory_slope(at[:5], rss[:5], done, 10, after=0)


def test_a_percentile_is_one_of_the_values_and_the_worst_is_the_last() -> None:
    waits = list(range(1, 101))
    assert [percentile(waits, share) for share in (0.5, 0.95, 1.0)] == [50, 95, 100]
    assert percentile([*[1] * 94, *[900] * 6], 0.95) == 900


def test_a_spread_keeps_its_extremes() -> None:
    assert spread([3.0, 1.0, 2.0]).median == 2.0
    assert (spread([3.0, 1.0]).least, spread([3.0, 1.0]).greatest) == (1.0, 3.0)
