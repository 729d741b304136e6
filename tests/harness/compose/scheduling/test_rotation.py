"""What does not fit tonight comes tomorrow, and says how old its evidence is."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compose.scheduling.durations import START_S
from harness.compose.scheduling.rotation import (
    EVIDENCE_FILE,
    LastDecided,
    key_of,
    note_evidence,
    read_evidence,
    within_budget,
    without_answered,
)
from harness.core.errors import HarnessError, LedgerUnreadable
from harness.ledger.plan import PlannedCell
from reports.judging.judge import judge_suite
from tests.harness.compose.scheduling.cells import cell, names, stored

CELLS = [cell(name) for name in "abcdef"]


def night(
    cells: list[PlannedCell], evidence: dict[str, LastDecided], budget_s: float = 30.0
) -> list[PlannedCell]:
    return within_budget(cells, evidence, budget_s=START_S + budget_s, at_once=1)


def decided(started: str, verdict: str = "pass", *, fails: bool = False) -> LastDecided:
    return LastDecided(started=started, verdict=verdict, fails=fails)


def test_three_nights_of_a_third_each_reach_every_cell_in_turn() -> None:
    evidence: dict[str, LastDecided] = {}
    seen: list[str] = []
    for day in ("20260101", "20260102"):
        ran = night(CELLS, evidence)
        assert len(names(ran)) == 3
        seen += names(ran)
        evidence |= {key_of(c): decided(f"{day}T000000Z") for c in ran if c.not_run is None}
    assert sorted(seen) == list("abcdef")
    again = night(CELLS, evidence)
    assert set(names(again)) == set(seen[:3]), "the oldest evidence comes first"


def test_the_same_evidence_gives_the_same_night_whatever_the_order_of_the_plan() -> None:
    assert set(names(night(CELLS, {}))) == set(names(night(CELLS[::-1], {})))


def test_what_failed_runs_every_night() -> None:
    evidence = {key_of(c): decided("20260101T000000Z") for c in CELLS}
    evidence[key_of(CELLS[3])] = decided("20260105T000000Z", "fail", fails=True)
    assert "d" in names(night(CELLS, evidence, budget_s=10.0))


def test_a_cell_that_is_left_says_how_old_its_evidence_is() -> None:
    evidence = {key_of(CELLS[0]): decided("20260105T000000Z", "pass")}
    left = {c.plan.scenario: c.not_run for c in night(CELLS, evidence, budget_s=60.0 - START_S)}
    why = left["a"]
    assert why is not None
    assert why.kind == "budget"
    assert why.reason == "left for another time, 1 min are full; last decided 2026-01-05: pass"
    never = next(w for w in (c.not_run for c in night(CELLS, {})) if w)
    assert never.reason.endswith("never decided yet")


def test_a_shorter_cell_fits_where_a_longer_one_does_not() -> None:
    cells = [cell("a", 20.0), cell("b", 25.0), cell("c", 9.0)]
    evidence = {key_of(c): decided(f"2026010{n}T0Z") for n, c in enumerate(cells, 1)}
    assert names(night(cells, evidence)) == ["a", "c"]


def test_a_cell_longer_than_the_budget_runs_when_it_is_its_turn() -> None:
    assert names(night([cell("a", 500.0)], {})) == ["a"]


def test_a_cell_that_exists_nowhere_keeps_its_reason() -> None:
    [kept] = night([cell("a", lacks="no such thing")], {})
    assert kept.not_run is not None
    assert kept.not_run.kind == "unsupported"


A, B, C = (one.run for one in CELLS[:3])
ANSWERS = {A: frozenset({B, C}), B: frozenset({C})}
"""The first two cells do nothing that the third does not do."""


def reasons(cells: list[PlannedCell]) -> dict[str, str]:
    return {one.plan.scenario: one.not_run.reason for one in cells if one.not_run}


def test_what_another_cell_answers_is_not_run_and_says_which_answers_it() -> None:
    evidence = {key_of(CELLS[0]): decided("20260105T000000Z")}
    found = without_answered(CELLS, evidence, ANSWERS)
    assert names(found) == ["c", "d", "e", "f"]
    assert {one.not_run.kind for one in found if one.not_run} == {"budget"}
    assert reasons(found) == {
        "a": f"answered by {key_of(CELLS[2])}, which does all of this and more; "
        "last decided 2026-01-05: pass",
        "b": f"answered by {key_of(CELLS[2])}, which does all of this and more; never decided yet",
    }


def test_what_failed_is_run_whatever_answers_it() -> None:
    evidence = {key_of(CELLS[0]): decided("20260105T000000Z", "fail", fails=True)}
    assert names(without_answered(CELLS, evidence, ANSWERS)) == ["a", "c", "d", "e", "f"]
    found = within_budget(CELLS, evidence, budget_s=START_S + 1000, at_once=1, answers=ANSWERS)
    assert names(found) == ["a", "c", "d", "e", "f"]


def test_a_cell_that_does_not_run_answers_nothing() -> None:
    away = [*CELLS[:2], cell("c", lacks="a browser")]
    assert names(without_answered(away, {}, {B: frozenset({C})})) == ["a", "b"]


@pytest.mark.parametrize("first", "abc")
def test_the_time_of_what_is_answered_goes_to_others(first: str) -> None:
    evidence = {key_of(c): decided("20260102T0Z") for c in CELLS if c.plan.scenario != first}
    found = within_budget(CELLS, evidence, budget_s=START_S + 40.0, at_once=1, answers=ANSWERS)
    assert len(names(found)) == 4
    answered = {name for name, why in reasons(found).items() if why.startswith("answered by")}
    assert answered == {"a", "b"} if "c" in names(found) else not answered or "b" in names(found)
    assert not answered & set(names(found))


def test_where_the_larger_one_does_not_fit_the_smaller_one_runs() -> None:
    cells = [cell("a", 10.0), cell("b", 500.0)]
    answers = {cells[0].run: frozenset({cells[1].run})}
    evidence = {key_of(c): decided(f"2026010{n}T0Z") for n, c in enumerate(cells, 1)}
    found = within_budget(cells, evidence, budget_s=START_S + 30.0, at_once=1, answers=answers)
    assert names(found) == ["a"]
    assert reasons(found)["b"].startswith("left for another time")


def test_what_a_suite_decided_is_noted_and_what_it_did_not_keeps_older_evidence(
    tmp_path: Path,
) -> None:
    cells = [cell("a"), cell("b"), cell("c")]
    directory = stored(tmp_path / "one", cells, lossy_one="b")
    note_evidence(tmp_path, "reference", judge_suite(directory).suite)
    found = read_evidence(tmp_path, "reference")
    assert found[key_of(cells[0])] == decided("20260101T000000Z")
    assert found[key_of(cells[1])] == decided("20260101T000000Z", "fail", fails=True)
    later = stored(tmp_path / "two", [cell("a")])
    (later / cell("a").run / "end.json").unlink()
    note_evidence(tmp_path, "reference", judge_suite(later).suite)
    assert read_evidence(tmp_path, "reference") == found
    assert read_evidence(tmp_path, "another target") == {}


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    suite = judge_suite(stored(tmp_path / "one", [cell("a")])).suite
    with pytest.raises(HarnessError, match=r"cannot write .*nowhere/evidence.json: No such file"):
        note_evidence(tmp_path / "nowhere", "reference", suite)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / EVIDENCE_FILE).write_text("{")
    with pytest.raises(LedgerUnreadable, match=EVIDENCE_FILE):
        read_evidence(tmp_path, "reference")
