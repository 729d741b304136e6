"""`harness recheck`: from the command line, on a real history."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.trend.nights import Nights, PlantedStep, revision, suites_of
from harness.cli.commands.history.recheck import exit_code, recheck_lines
from harness.compose.history.history import open_history
from harness.core.errors import ExitCode
from reports.history.recheck import LeftOut, Rechecked, RecheckRecord
from tests.harness.cli.shell import harness_here

STEP = PlantedStep(scenario="steady_load", figure="load_response_p95_ms", night=19, factor=1.6)


def kept(where: Path, *steps: PlantedStep) -> str:
    """A history of twenty nights; return its place."""
    with open_history(str(where)) as history:
        for facts in suites_of(Nights(count=20, seed=3, steps=steps)):
            history.add(facts)
    return str(where)


def test_a_revision_that_is_not_here_is_named_and_undecided(tmp_path: Path) -> None:
    place = kept(tmp_path / "history", STEP)
    done = harness_here("recheck", "--history", place, "--out", str(tmp_path / "runs"))
    assert done.returncode == ExitCode.UNDECIDED
    assert done.stdout.startswith("load_response_p95_ms of steady_load [")
    assert f"not measured again: this checkout has no revision {revision(18)}" in done.stdout
    [record] = (tmp_path / "runs").glob("*-recheck/recheck.json")
    assert json.loads(record.read_text())["left_out"][0]["scenario"] == "steady_load"
    assert not (tmp_path / "runs" / "latest").exists()


def test_a_dry_run_says_what_would_be_measured_and_runs_nothing(tmp_path: Path) -> None:
    place = kept(tmp_path / "history", STEP)
    done = harness_here("recheck", "--dry-run", "--history", place, "--out", str(tmp_path / "runs"))
    assert done.returncode == ExitCode.PASS
    assert f"is suspect with {revision(19)}; a pair of runs with {revision(18)}" in done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_suite_without_a_suspect_ends_well(tmp_path: Path) -> None:
    done = harness_here("recheck", "--history", kept(tmp_path / "history"))
    assert (done.returncode, done.stdout.count("nothing is measured again")) == (0, 1)


def test_a_suite_that_is_not_kept_cannot_be_rechecked(tmp_path: Path) -> None:
    done = harness_here("run", "first_visit", "--recheck", "5", "--no-history")
    assert done.returncode == ExitCode.USAGE
    assert "--recheck reads the history, and this suite is not kept in it" in done.stderr


def answered(verdict: str) -> Rechecked:
    return Rechecked(
        scenario="steady_load",
        arm="preset=durable",
        figure="load_response_p95_ms",
        good="aaa",
        suspect="bbb",
        verdict=verdict,
        percent=1.0,
        interval=(0.0, 2.0),
        pairs=8,
        sentence=f"it is {verdict}",
    )


LEFT = LeftOut(scenario="spike", arm="a=b", figures=("x_ms", "y_ms"), reason="no time")


@pytest.mark.parametrize(
    ("verdicts", "left_out", "code"),
    [
        (["worse", "undecided"], (LEFT,), ExitCode.FAIL),
        (["equivalent", "undecided"], (), ExitCode.UNDECIDED),
        (["equivalent"], (LEFT,), ExitCode.UNDECIDED),
        (["equivalent", "better"], (), ExitCode.PASS),
        ([], (), ExitCode.PASS),
    ],
)
def test_how_it_ends(verdicts: list[str], left_out: tuple[LeftOut, ...], code: ExitCode) -> None:
    answers = tuple(answered(one) for one in verdicts)
    record = RecheckRecord(suite="nightly", night="n", answers=answers, left_out=left_out)
    assert exit_code(record) is code
    lines = recheck_lines(record)
    assert len(lines) == max(1, len(answers) + len(left_out))
    if left_out:
        assert lines[-1] == "x_ms, y_ms of spike [a=b]: not measured again: no time"
