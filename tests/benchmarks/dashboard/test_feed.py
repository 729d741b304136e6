"""What viewers cost: ratios are of neighbouring rounds, and without frames nothing is measured."""

from __future__ import annotations

import pytest

from benchmarks.dashboard.feed import FeedTrial, feed_cost
from benchmarks.ground import Round
from harness.process.processes import Processes


def test_a_ratio_is_of_its_own_pair() -> None:
    trial = FeedTrial(20, 50, watched=[90.0, 40.0], plain=[100.0, 50.0])
    assert (trial.ratio.least, trial.ratio.greatest, trial.ratio.n) == (0.8, 0.9, 2)


def test_a_round_brings_its_rate_and_the_cpu_of_server_and_database() -> None:
    trial = FeedTrial(20, 50)
    cpu_s = {"server": 0.006, "postgres": 0.004, "client": 9.0}
    trial.add(Round(500, 2.0, cpu_s, 0.5), is_watched=True)
    trial.add(Round(1000, 2.0, cpu_s, 0.25), is_watched=False)
    assert (trial.watched, trial.plain, trial.others) == ([250.0], [500.0], [0.5, 0.25])
    assert (trial.watched_cpu_us, trial.plain_cpu_us) == ([20.0], [10.0])
    assert trial.cpu_ratio.median == 2.0


@pytest.mark.stack
@pytest.mark.asyncio
async def test_a_short_trial() -> None:
    with Processes() as processes:
        trial = await feed_cost(processes, 50, 1, 1.5, print, watching=3)
    assert trial.watched[0] > 0
    assert trial.plain[0] > 0
    assert trial.frames[0] >= 3
