"""The synthetic run is a healthy one, of as many observations as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.big_ledger import write_big_ledger
from reports.evidence.frame import read_ledger
from reports.judging.judge import judge_run
from reports.verdict.verdict import Verdict


@pytest.mark.slow
def test_it_is_recorded_once_and_judged_by_every_check(tmp_path: Path) -> None:
    count = write_big_ledger(tmp_path / "run", 300_000)
    assert count == pytest.approx(300_000, rel=0.02)
    frames = read_ledger(tmp_path / "run")
    witnesses = (frames.viewer, frames.load, frames.database, frames.network, frames.machine)
    rows = sum(len(frame) for frame in (*witnesses, frames.activity, frames.client))
    assert rows + len(frames.server) == count
    cell = judge_run(tmp_path / "run").cell
    assert cell.verdict is Verdict.PASS, cell.reason
    assert set(cell.fates) == {"recorded_once"}
    found = {finding.check for finding in cell.findings}
    assert {check.name for check in frames.run.plan.checks} <= found
    agreement = {"acks_after_commit", "answers_as_processed", "attempts_processed_once"}
    assert agreement <= found, "what is compared in every run is compared here too"
