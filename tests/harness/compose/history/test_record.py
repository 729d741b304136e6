"""A suite's way into the history; one that cannot be written takes no verdict along."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compose.history import record
from harness.compose.history.history import open_history
from harness.compose.history.record import append, recorded_context
from harness.core.environment import cpu_model
from harness.ledger.history.context import read_context
from harness.ledger.plan import PlannedCell, WhyNot
from harness.ledger.rundir import RunPlan
from reports.judging.judge import judge_suite
from tests.reports.compared import suite, visits


def cell(*, exclusive: bool, not_run: WhyNot | None = None) -> PlannedCell:
    plan = RunPlan(scenario="load", arm={}, seed=1)
    return PlannedCell(
        plan=plan, node="", about_s=1, budget_s=1, exclusive=exclusive, not_run=not_run
    )


def test_canaries_are_timed_around_cells_that_measure_speed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    monkeypatch.setattr(record, "canary_s", lambda: next(seconds))
    cells = [cell(exclusive=False), cell(exclusive=True)]
    with recorded_context(tmp_path, cells, revision="a1", workers=2):
        assert read_context(tmp_path) is None
    found = read_context(tmp_path)
    assert found is not None
    assert found.canary_ms == pytest.approx((100, 200, 300, 400, 500, 600))
    assert (found.revision, found.workers, found.cpu) == ("a1", 2, cpu_model())


def test_no_canary_where_none_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "canary_s", lambda: pytest.fail("it is timed"))
    missing = WhyNot(kind="missing", reason="no Locust")
    cells = [cell(exclusive=False), cell(exclusive=True, not_run=missing)]
    with recorded_context(tmp_path, cells, revision="", workers=1):
        pass
    found = read_context(tmp_path)
    assert found is not None
    assert found.canary_ms == ()


def test_a_suite_is_kept(tmp_path: Path) -> None:
    directory = suite(tmp_path / "a", *visits(0, 3))
    place = str(tmp_path / "history")
    assert append(place, directory, judge_suite(directory)) == f"history: {place}"
    with open_history(place) as history:
        [one] = history.whole(history.heads())
    assert [cell.verdict for cell in one.facts.cells] == ["pass", "fail"]


def test_a_history_that_cannot_be_written_is_a_line(tmp_path: Path) -> None:
    directory = suite(tmp_path / "a", *visits(0))
    (tmp_path / "file").write_text("")
    message = append(str(tmp_path / "file" / "x"), directory, judge_suite(directory))
    assert message.startswith("history: not kept: cannot write the history")
