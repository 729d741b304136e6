"""A run beside a baseline: its reports, and what it ends in."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.commands.history.against import (
    AGAINST_MARKDOWN,
    AGAINST_PAGE,
    compare_run,
    refuse_unknown_baseline,
)
from harness.compose.history.baselines import set_baseline
from harness.compose.history.history import open_history
from harness.core.errors import ExitCode, UsageError
from reports.history.facts import facts_of
from reports.judging.judge import judge_suite
from tests.reports.compared import suite, visits


@pytest.fixture
def place(tmp_path: Path) -> str:
    where = str(tmp_path / "history")
    directory = suite(tmp_path / "first", *visits(0))
    with open_history(where) as history:
        history.add(facts_of(directory, judge_suite(directory)))
        set_baseline(history, "main", history.heads(), last=9, revision=None)
    return where


@pytest.mark.parametrize(("lost", "code"), [(0, ExitCode.PASS), (2, ExitCode.FAIL)])
def test_a_run_is_compared_and_its_reports_written(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], lost: int, code: ExitCode
) -> None:
    refuse_unknown_baseline(place, "main")
    directory = suite(tmp_path / "now", *visits(lost), started="20260102T000000Z")
    judged = judge_suite(directory)
    assert compare_run(place, "main", directory, judged, as_json=False) is code
    assert (directory / AGAINST_MARKDOWN).read_text().startswith("### ")
    assert "<h1>" in (directory / AGAINST_PAGE).read_text()
    assert "A: baseline main" in capsys.readouterr().out
    assert compare_run(place, "main", directory, judged, as_json=True) is code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "against main: " in captured.err


def test_one_that_cannot_be_compared_is_undecided(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = suite(tmp_path / "now", *visits(0), started="20260102T000000Z")
    code = compare_run(place, "other", directory, judge_suite(directory), as_json=False)
    assert code is ExitCode.UNDECIDED
    assert "against other: not compared: there is no baseline other" in capsys.readouterr().err
    with pytest.raises(UsageError):
        refuse_unknown_baseline(place, "other")
