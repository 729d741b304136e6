"""What viewers take by itself: a difference of neighbouring rounds, and nothing without frames."""

from __future__ import annotations

import pytest

from benchmarks.dashboard.alone import AloneTrial, feed_alone
from harness.core.errors import HarnessError
from harness.process.processes import Processes


def test_a_cost_is_of_its_own_pair() -> None:
    trial = AloneTrial(50, 100, False, watched_ms=[6.0, 9.0, 5.0], plain_ms=[4.0, 5.0, 4.0])
    assert (trial.cost_ms.median, trial.cost_ms.least, trial.cost_ms.greatest) == (2.0, 1.0, 4.0)


@pytest.mark.stack
@pytest.mark.asyncio
@pytest.mark.parametrize("by_artwork", [False, True])
async def test_a_short_trial(by_artwork: bool) -> None:
    with Processes() as processes:
        trial = AloneTrial(3, 200, by_artwork)
        found = await feed_alone(processes, trial, 1, 2.5, print)
    assert found.frames[0] >= 3
    assert found.watched_ms[0] > 0
    assert found.plain_ms[0] > 0


@pytest.mark.stack
@pytest.mark.asyncio
async def test_rounds_without_frames_are_no_measurement() -> None:
    with Processes() as processes:
        trial = AloneTrial(2, 0, False)
        with pytest.raises(HarnessError, match="no frames"):
            await feed_alone(processes, trial, 1, 1.5, print)
