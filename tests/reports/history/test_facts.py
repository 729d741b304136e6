"""What is kept of a judged suite."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.core.errors import UsageError
from harness.ledger.history.context import SuiteContext, write_context
from harness.ledger.history.facts import CellFacts, canonical
from harness.ledger.plan import SuiteOptions
from reports.history.facts import facts_of
from reports.judging.judge import JudgedRun, JudgedSuite, judge_suite
from reports.verdict.roadmap_columns import BrowserSeen
from reports.verdict.verdict import Cell, Finding, NotRunKind, SuiteVerdict, Verdict
from tests.reports.compared import FACTS, suite, visits


def judged(*cells: Cell) -> JudgedSuite:
    """A suite of these cells, without evidence."""
    return JudgedSuite(
        suite=SuiteVerdict(
            verdict=Verdict.FAIL,
            reason="r",
            suite="nightly",
            started="20260101T000000Z",
            duration_s=9.0,
            command="harness run",
            facts=FACTS,
            cells=cells,
        ),
        options=SuiteOptions(),
        runs={cell.name: JudgedRun(cell=cell) for cell in cells},
    )


def kept(tmp_path: Path, cell: Cell) -> CellFacts:
    (tmp_path / "plan.json").write_text("{}")
    [found] = facts_of(tmp_path, judged(cell)).cells
    return found


CELL = Cell(
    scenario="visit",
    arm="preset=durable",
    seed=7,
    verdict=Verdict.FAIL,
    reason="nothing_lost: 1 was lost",
    matrix="browsers",
    duration_s=3.5,
    fates={"lost_acked": 1, "recorded_once": 19},
    measures={
        "shown_impressions": 20.0,
        "shown_to_durable_p95_ms": 120.0,
        "shown_to_durable_max_ms": 130.0,
        "load_requests": 500.0,
        "load_response_p95_ms": 12.0,
        "odd": math.inf,
        "none": None,
    },
    findings=(
        Finding(check="nothing_lost", verdict=Verdict.FAIL, summary="", measured=1, target=0),
        Finding(check="nothing_twice", verdict=Verdict.PASS, summary="", measured=0, target=0),
        Finding(
            check="latency_p95",
            verdict=Verdict.PASS,
            summary="",
            measured=12.0,
            target=100.0,
            unit="ms",
            n=500,
            interval=(11.0, math.inf),
        ),
    ),
    browser=BrowserSeen(
        name="chromium", product="Chromium", version="150.0", platform="Linux", kind="stock"
    ),
    fills="Chrome 120+ · Linux",
)


def test_a_cell_is_kept_with_its_fates_figures_and_checks(tmp_path: Path) -> None:
    found = kept(tmp_path, CELL)
    assert found.verdict == "fail"
    assert found.shown == 20
    assert found.fates == {"lost_acked": 1, "recorded_once": 19}
    assert found.figures == {
        "shown_impressions": 20.0,
        "shown_to_durable_p95_ms": 120.0,
        "load_requests": 500.0,
        "load_response_p95_ms": 12.0,
    }
    assert found.samples == {"load_response": 500, "shown_to_durable": 20}
    assert [one.check for one in found.checks] == [
        "nothing_lost",
        "latency_p95",
    ]
    assert found.checks[1].interval == (11.0, None)
    assert found.browser == "Chromium 150.0 · Linux"
    assert found.fills == "Chrome 120+ · Linux"


def test_a_cell_whose_fates_are_not_known_has_no_shown(tmp_path: Path) -> None:
    cell = replace(CELL, fates={}, verdict=Verdict.NOT_RUN, not_run=NotRunKind.MISSING)
    found = kept(tmp_path, cell)
    assert found.shown is None
    assert found.not_run == "missing"


def test_a_stored_suite_gives_the_same_bytes_each_time(tmp_path: Path) -> None:
    directory = suite(tmp_path / "a", *visits(0, 1))
    first, second = (facts_of(directory, judge_suite(directory)) for _ in range(2))
    assert canonical(first) == canonical(second)
    plan = (directory / "plan.json").read_bytes()
    assert first.plan == hashlib.sha256(plan).hexdigest()
    assert first.revision == FACTS["revision"]
    assert first.environment["cpus"] == "2"
    assert "harness revision" not in first.environment
    assert first.canary_ms == ()


def test_the_context_of_a_suite_is_among_its_facts(tmp_path: Path) -> None:
    directory = suite(tmp_path / "a", *visits(0))
    write_context(
        directory, SuiteContext(revision="v2", cpu="Some CPU", workers=3, canary_ms=(1.0,))
    )
    found = facts_of(directory, judge_suite(directory))
    assert found.revision == "v2"
    assert found.canary_ms == (1.0,)
    assert found.environment["cpu"] == "Some CPU"
    assert found.environment["cells at a time"] == "3"
    assert found.environment["harness revision"] == FACTS["revision"]
    assert facts_of(directory, judge_suite(directory), revision="v3").revision == "v3"


def test_a_single_run_is_refused(tmp_path: Path) -> None:
    directory = suite(tmp_path / "a", *visits(0)) / "cells" / "0"
    with pytest.raises(UsageError, match="a history holds suites"):
        facts_of(directory, judge_suite(directory))
