"""Stories in a page: of the worst offenders, as ``harness explain`` tells them."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from reports.judging.judge import judge_run
from reports.pages.explain import explain
from reports.pages.sections import stories
from reports.pages.sections.stories import MOST_STORIES, stories_of
from reports.verdict.verdict import Finding, Verdict
from tests.reports.ledgers import HandWritten
from tests.reports.suites import ALL

LOST = ("lost\\nand\x1b[2J", "lost-2")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that loses two impressions, one of them with an id that must be escaped."""
    ledger = HandWritten(checks=list(ALL)).lifetime()
    for number, name in enumerate(LOST):
        ledger.shown(name, 1.0 + number)
    return ledger.final(90.0).write(tmp_path)


def test_the_worst_offender_of_a_finding_has_its_story(run: Path) -> None:
    judged = judge_run(run)
    assert judged.cell.verdict is Verdict.FAIL
    lost = next(f for f in judged.cell.findings if f.check == "nothing_lost")
    assert len(lost.examples) == 2
    found = dict(stories_of(judged.cell, judged.read))
    assert found[lost.examples[0]] == explain(run, lost.examples[0])
    assert lost.examples[1] not in found, "one of a finding is enough"
    assert all("\x1b" not in story for story in found.values())


def test_what_passed_or_never_ran_has_none(run: Path) -> None:
    judged = judge_run(run)
    assert stories_of(replace(judged.cell, verdict=Verdict.PASS), judged.read) == []
    assert stories_of(replace(judged.cell, run=None), judged.read) == []
    assert stories_of(judged.cell, lambda: None) == []


def test_a_name_that_no_witness_knows_has_none_and_the_next_is_taken(run: Path) -> None:
    judged = judge_run(run)
    finding = Finding(
        check="x", verdict=Verdict.FAIL, summary="", examples=("a batch", "ann/lost-2")
    )
    cell = replace(judged.cell, findings=(finding,))
    assert [name for name, _ in stories_of(cell, judged.read)] == ["ann/lost-2"]


def test_a_cell_has_a_few_and_a_long_story_is_cut(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = judge_run(run)
    names = [f"ann/{name}" for name in LOST]
    findings = tuple(
        Finding(check=f"c{n}", verdict=Verdict.FAIL, summary="", examples=(names[n % 2],))
        for n in range(3 * MOST_STORIES)
    )
    cell = replace(judged.cell, findings=findings)
    assert [name for name, _ in stories_of(cell, judged.read)] == names
    monkeypatch.setattr(stories, "MOST_STORIES", 1)
    monkeypatch.setattr(stories, "_MOST_LINES", 3)
    ((name, story),) = stories_of(cell, judged.read)
    whole = explain(run, name).splitlines()
    assert story.splitlines() == [*whole[:3], f"… and {len(whole) - 3} lines more"]


def test_a_ledger_that_is_too_large_to_search_has_none(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = judge_run(run)
    assert stories_of(judged.cell, judged.read)
    monkeypatch.setattr(stories, "_MOST_ROWS", 3)
    assert stories_of(judged.cell, judged.read) == []
