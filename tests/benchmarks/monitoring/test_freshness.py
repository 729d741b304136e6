"""The figures on freshness: read from counts that agree with the rows that were generated."""

from __future__ import annotations

import pytest

from benchmarks.monitoring.freshness import READS, counts_alone, freshness
from harness.process.processes import Processes


@pytest.mark.stack
@pytest.mark.asyncio
async def test_a_small_one() -> None:
    with Processes() as processes:
        trial = await freshness(processes, 30_000, print)
    assert trial.users == trial.active_users == 40
    assert 20_000 <= trial.impressions <= 40_000
    assert 0 < trial.at_risk <= 40
    assert 0 < trial.median_ms <= trial.worst_ms
    assert (trial.reads, trial.differences) == (READS, 0)


@pytest.mark.stack
@pytest.mark.asyncio
async def test_the_counts_of_a_small_one_alone_give_the_same_figures() -> None:
    with Processes() as processes:
        rows = await freshness(processes, 30_000, print)
        counts = await counts_alone(processes, 30_000)
    assert (counts.scan_s, counts.differences) == (None, None)
    assert counts.users == counts.active_users == rows.users
    assert abs(counts.impressions - rows.impressions) < 0.2 * rows.impressions
    assert 0 < counts.at_risk <= counts.users
    assert 0 < counts.median_ms <= counts.worst_ms
