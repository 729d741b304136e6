"""What a worker found is believed by its own suite, and only where nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.ledger.plan import PlannedCell, SuiteEnd, SuitePlan, write_plan, write_suite_end
from harness.ledger.rundir import RUN_FILE, RunPlan
from harness.ledger.stored import read_run
from reports.judging import judge
from reports.judging.judge import JudgedSuite, judge_run
from reports.pages import kept
from reports.pages.kept import KEPT_FILE, Keeper
from reports.pages.publish import publish
from reports.verdict.verdict import Verdict
from tests.reports.ledgers import HandWritten
from tests.reports.suites import ALL, lossy


def suite_of_one(directory: Path, ledger: HandWritten) -> tuple[Path, RunPlan]:
    """A suite with one run; return the run's directory and plan."""
    ledger.checks = ALL
    run = ledger.write(directory / "cells" / "one")
    plan = read_run(run).plan
    cell = PlannedCell(plan=plan, node="", about_s=1, budget_s=1, directory="cells/one")
    write_plan(directory, SuitePlan(suite="s", command="c", started="x", cells=[cell]))
    write_suite_end(directory, SuiteEnd(interrupted=False))
    return run, plan


@pytest.fixture
def judged_here(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The run directories that the suite judges itself."""
    found: list[Path] = []
    real = judge.judge_run

    def counted(directory: Path, **more: object) -> judge.JudgedRun:
        found.append(directory)
        return real(directory, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(judge, "judge_run", counted)
    return found


REPORTS = ("verdict.json", "report.html", "summary.md", "junit.xml", "ctrf.json", "comment.md")


@pytest.mark.parametrize("lost", [0, 2])
def test_what_was_kept_gives_the_same_reports_and_is_not_judged_again(
    tmp_path: Path, judged_here: list[Path], lost: int
) -> None:
    run, _ = suite_of_one(tmp_path, lossy(lost))
    publish(tmp_path)
    afresh = {name: (tmp_path / name).read_bytes() for name in REPORTS}
    rows = run / "evidence" / "rows.json"
    before = rows.read_bytes() if lost else b""
    assert judged_here == [run]
    keeper = Keeper.new()
    keeper.keep(run, judge_run(run))
    published = publish(tmp_path, keeper=keeper)
    assert judged_here == [run]
    assert {name: (tmp_path / name).read_bytes() for name in REPORTS} == afresh
    assert published.judged.suite.verdict is (Verdict.FAIL if lost else Verdict.PASS)
    if lost:
        assert rows.read_bytes() == before
    assert not (run / KEPT_FILE).exists()


def verdict_after(
    directory: Path, spoil: Callable[[Path, Keeper], Keeper | None]
) -> tuple[JudgedSuite, Path]:
    """A suite whose only run lost two impressions, after something was done to what was kept."""
    run, _ = suite_of_one(directory, lossy(2))
    keeper = Keeper.new()
    keeper.keep(run, judge_run(run))
    return publish(directory, keeper=spoil(run, keeper)).judged, run


def forged(run: Path, keeper: Keeper) -> Keeper:
    """A pass in place of what was found, signed with another key."""
    found = judge_run(run)
    cell = replace(found.cell, verdict=Verdict.PASS, reason="all good", findings=())
    Keeper.new().keep(run, judge.JudgedRun(cell=cell, plan=found.plan, read=found.read))
    return keeper


def edited(run: Path, keeper: Keeper) -> Keeper:
    file = run / KEPT_FILE
    file.write_bytes(file.read_bytes().replace(b"fail", b"pass"))
    return keeper


def cut_short(run: Path, keeper: Keeper) -> Keeper:
    (run / KEPT_FILE).write_bytes((run / KEPT_FILE).read_bytes()[:20])
    return keeper


def in_a_later_process(run: Path, keeper: Keeper) -> None:
    """Without the key, as ``harness report`` is."""
    return


@pytest.mark.parametrize("spoil", [forged, edited, cut_short, in_a_later_process])
def test_what_is_not_signed_by_the_suite_is_not_believed(
    tmp_path: Path, judged_here: list[Path], spoil: Callable[[Path, Keeper], Keeper | None]
) -> None:
    judged, run = verdict_after(tmp_path, spoil)
    assert judged.suite.verdict is Verdict.FAIL
    assert "nothing_lost" in judged.suite.cells[0].reason
    assert judged_here == [run]


@pytest.mark.parametrize("name", ["viewer.arrows", "server.ndjson", "end.json"])
def test_evidence_that_changed_since_is_judged_anew(
    tmp_path: Path, judged_here: list[Path], name: str
) -> None:
    def change(run: Path, keeper: Keeper) -> Keeper:
        (run / name).unlink()
        return keeper

    judged, run = verdict_after(tmp_path, change)
    assert judged_here == [run]
    assert judged.suite.verdict is not Verdict.PASS


def test_a_file_that_came_later_is_looked_at(tmp_path: Path, judged_here: list[Path]) -> None:
    def add(run: Path, keeper: Keeper) -> Keeper:
        (run / "stranger.arrows").write_bytes(b"")
        return keeper

    judged, run = verdict_after(tmp_path, add)
    assert judged_here == [run]
    assert judged.suite.verdict is Verdict.UNKNOWN


def test_what_was_kept_of_another_plan_is_not_taken_for_this_one(tmp_path: Path) -> None:
    run, plan = suite_of_one(tmp_path, lossy(0))
    keeper = Keeper.new()
    keeper.keep(run, judge_run(run))
    assert keeper.recall(run, replace(plan, seed=2)) is None
    keeper.keep(run, judge_run(run))
    found = keeper.recall(run, plan)
    assert found is not None
    assert found.evidence is found.evidence, "read once"
    assert keeper.recall(run, plan) is None, "it serves once"


def test_a_run_with_a_defect_is_judged_by_the_suite_which_counts_its_hits(tmp_path: Path) -> None:
    ledger = lossy(0)
    ledger.arm = {"defect": "no_insert"}
    run, _ = suite_of_one(tmp_path, ledger)
    Keeper.new().keep(run, judge_run(run))
    assert not (run / KEPT_FILE).exists()


def test_a_disk_that_takes_no_file_costs_only_judging_again(
    tmp_path: Path, judged_here: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def with_full_disk(run: Path, keeper: Keeper) -> Keeper:
        (run / KEPT_FILE).unlink()
        monkeypatch.setattr(kept.door, "write", full)
        keeper.keep(run, judge_run(run))
        monkeypatch.undo()
        return keeper

    judged, _ = verdict_after(tmp_path, with_full_disk)
    assert judged.suite.verdict is Verdict.FAIL


def test_the_key_travels_as_text_and_an_empty_one_is_none() -> None:
    keeper = Keeper.new()
    again = Keeper.with_key(keeper.key_text)
    assert again is not None
    assert again.key_text == keeper.key_text != Keeper.new().key_text
    assert len(bytes.fromhex(keeper.key_text)) == 32
    assert Keeper.with_key("") is None


def test_a_link_in_place_of_what_was_kept_is_not_followed(tmp_path: Path) -> None:
    run, plan = suite_of_one(tmp_path, lossy(0))
    keeper = Keeper.new()
    keeper.keep(run, judge_run(run))
    moved = tmp_path / "elsewhere"
    (run / KEPT_FILE).rename(moved)
    (run / KEPT_FILE).symlink_to(moved)
    assert keeper.recall(run, plan) is None
    assert read_run(run).plan == plan, RUN_FILE


def test_a_cell_is_shown_as_it_was_judged_and_stays_for_the_suite(
    tmp_path: Path, judged_here: list[Path]
) -> None:
    run, plan = suite_of_one(tmp_path, lossy(2))
    keeper = Keeper.new()
    assert keeper.found(run, plan) is None
    keeper.keep(run, judge_run(run))
    found = keeper.found(run, plan)
    assert found is not None
    assert found.verdict is Verdict.FAIL
    assert Keeper.new().found(run, plan) is None, "of another suite"
    assert keeper.found(run, replace(plan, seed=plan.seed + 1)) is None, "of another plan"
    assert (run / KEPT_FILE).exists()
    publish(tmp_path, keeper=keeper)
    assert judged_here == []
