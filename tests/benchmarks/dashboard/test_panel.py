"""How soon the dashboard answers: of rows that were there before it."""

from __future__ import annotations

import pytest

from benchmarks.dashboard.panel import READS, panel
from harness.process.processes import Processes

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]


async def test_a_small_trial_reads_what_was_backfilled() -> None:
    with Processes() as processes:
        trial = await panel(processes, 2_000, 100, print)
    assert (trial.impressions, trial.users, trial.reads) == (2_000, 100, READS)
    assert trial.median_ms.keys() == trial.worst_ms.keys()
    assert all(0 < trial.median_ms[what] <= trial.worst_ms[what] for what in trial.median_ms)
