"""Counts after kills: a small trial, kills among its batches, agrees with a scan."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.monitoring.killed_counts import IDS, killed_counts
from harness.process.processes import Processes


@pytest.mark.stack
@pytest.mark.asyncio
async def test_counts_survive_kills_of_server_and_database(tmp_path: Path) -> None:
    with Processes() as processes:
        found = await killed_counts(processes, tmp_path, rows=6 * IDS, kills=1)
    assert found.rows >= 6 * IDS
    assert (found.server_kills, found.database_kills) == (1, 1)
    assert found.batches_answered
    assert found.differences == 0
