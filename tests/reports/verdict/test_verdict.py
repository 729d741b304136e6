"""The worst cell decides; the documented schema names what is written, and nothing else."""

from __future__ import annotations

import json
import math
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from harness.core.errors import ExitCode
from harness.ledger.json_files import write_record
from harness.ledger.rundir import Condition
from reports.evidence.fates import FATE_MEANINGS
from reports.verdict.roadmap_columns import BrowserSeen, ColumnState
from reports.verdict.verdict import (
    SCHEMA,
    Cell,
    Finding,
    NotRunKind,
    SuiteVerdict,
    Verdict,
    counts_of,
    judge_cells,
    worst,
)
from tests import ROOT
from tests.documents.fields import documented, written
from tests.reports.matrix_samples import browsers_suite
from tests.reports.report_samples import every_kind

DOCUMENT = ROOT / "docs" / "verdict-schema.md"


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("The suite", SuiteVerdict),
        ("A cell", Cell),
        ("A condition", Condition),
        ("A browser", BrowserSeen),
        ("A column", ColumnState),
        ("A finding", Finding),
    ],
)
def test_every_field_is_documented_in_its_order_with_its_type(
    heading: str, kind: type[msgspec.Struct]
) -> None:
    assert documented(DOCUMENT, heading) == written(kind)


def test_the_file_is_read_back_as_the_suite_that_was_written(tmp_path: Path) -> None:
    suite = browsers_suite()
    write_record(tmp_path / "verdict.json", suite)
    assert msgspec.json.decode((tmp_path / "verdict.json").read_bytes(), type=SuiteVerdict) == suite


def test_a_figure_that_is_not_finite_is_null_and_hostile_text_stays_text(tmp_path: Path) -> None:
    suite = every_kind()
    finding = Finding(
        check="c",
        verdict=Verdict.FAIL,
        summary="\ud83d",
        measured=math.inf,
        interval=(1.0, math.inf),
    )
    cell = replace(suite.cells[0], findings=(finding,), measures={"wait_ms": math.nan})
    write_record(tmp_path / "verdict.json", replace(suite, cells=(cell,)))
    read = json.loads((tmp_path / "verdict.json").read_bytes())["cells"][0]
    assert read["findings"][0]["measured"] is None
    assert read["findings"][0]["interval"] == [1.0, None]
    assert read["findings"][0]["summary"] == "\ufffd"
    assert read["measures"] == {"wait_ms": None}


def test_the_version_is_the_one_that_is_written() -> None:
    assert f"version of this format: `{SCHEMA}`" in DOCUMENT.read_text()


def test_fates_and_exit_codes_are_complete() -> None:
    assert [name for name, _ in documented(DOCUMENT, "Fates")] == list(FATE_MEANINGS)
    assert sorted(int(code) for code, _ in documented(DOCUMENT, "Exit codes")) == sorted(ExitCode)


def test_every_word_for_a_verdict_is_documented() -> None:
    text = DOCUMENT.read_text()
    for word in [*(v.value for v in Verdict), *(k.value for k in NotRunKind)]:
        assert f"`{word}`" in text


def cell(
    verdict: Verdict,
    scenario: str = "s",
    reason: str = "why",
    *,
    gates: bool = True,
    news: str = "",
) -> Cell:
    return Cell(
        scenario=scenario,
        arm="browser=chromium",
        seed=7,
        verdict=verdict,
        reason=reason,
        gates=gates,
        news=news,
    )


PASSED, UNDECIDED, FAILED, LEFT_OUT = (
    cell(one) for one in map(Verdict, ["pass", "unknown", "fail", "not run"])
)
KNOWN = cell(Verdict.FAIL, "known", gates=False)
KEPT = cell(Verdict.PASS, news="it kept what it was expected to lose")


@pytest.mark.parametrize(
    ("cells", "verdict", "reason"),
    [
        ([], Verdict.NOT_RUN, "no cell was planned"),
        ([LEFT_OUT] * 2, Verdict.NOT_RUN, "none of the 2 planned cells could run here"),
        ([PASSED] * 2, Verdict.PASS, "2 of 2 cells passed"),
        ([PASSED, LEFT_OUT], Verdict.PASS, "1 of 1 cells passed; 1 not run"),
        ([PASSED, KNOWN], Verdict.PASS, "1 of 2 cells passed; 1 failed as expected"),
        (
            [KEPT, PASSED, KEPT, KNOWN, LEFT_OUT, LEFT_OUT, LEFT_OUT],
            Verdict.PASS,
            "3 of 4 cells passed; 1 failed as expected; 2 kept what they were expected to lose; "
            "3 not run",
        ),
        (
            [KNOWN],
            Verdict.UNKNOWN,
            "none of 1 cells passed, so nothing is proven; 1 failed as expected",
        ),
        ([PASSED, UNDECIDED], Verdict.UNKNOWN, "1 of 2 cells could not be decided: s (why)"),
        ([PASSED, UNDECIDED, FAILED], Verdict.FAIL, "1 of 3 cells failed: s (why)"),
        (
            [FAILED, KNOWN, LEFT_OUT],
            Verdict.FAIL,
            "1 of 2 cells failed: s (why); 1 failed as expected; 1 not run",
        ),
    ],
)
def test_the_worst_cell_that_gates_decides(
    cells: list[Cell], verdict: Verdict, reason: str
) -> None:
    assert judge_cells(cells) == (verdict, reason)


@pytest.mark.parametrize(
    ("names", "named"),
    [
        ("aaa", "a (why)"),
        ("abc", "a (why), b (why), c (why)"),
        ("abcd", "a (why), b (why), c (why), …"),
        ("aabcc", "a (why), b (why), c (why)"),
    ],
)
def test_the_reason_names_three_scenarios_and_what_stands_before_the_colon(
    names: str, named: str
) -> None:
    cells = [cell(Verdict.FAIL, name, f"why: {n}: more") for n, name in enumerate(names)]
    assert judge_cells(cells)[1] == f"{len(names)} of {len(names)} cells failed: {named}"


def test_the_worst_of_nothing_is_unknown() -> None:
    assert worst([]) is worst([Verdict.NOT_RUN]) is Verdict.UNKNOWN
    assert worst([Verdict.PASS, Verdict.NOT_RUN]) is Verdict.PASS
    assert worst([Verdict.PASS, Verdict.UNKNOWN]) is Verdict.UNKNOWN
    assert worst([Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS]) is Verdict.FAIL


def test_only_a_failure_that_does_not_gate_failed_as_expected() -> None:
    assert KNOWN.failed_as_expected
    assert not any(one.failed_as_expected for one in (FAILED, PASSED, replace(PASSED, gates=False)))
    assert KNOWN.name == "known [browser=chromium] seed 7"


def test_cells_are_counted_by_how_far_they_came() -> None:
    def cell(verdict: Verdict, run: str | None = None, *, finished: bool = False) -> Cell:
        return Cell(
            scenario="s", arm="", seed=1, verdict=verdict, reason="", run=run, finished=finished
        )

    cells = [
        cell(Verdict.PASS, "a", finished=True),
        cell(Verdict.PASS, "b", finished=True),
        cell(Verdict.FAIL, "c", finished=True),
        cell(Verdict.FAIL, "d"),
        cell(Verdict.UNKNOWN, "e", finished=True),
        cell(Verdict.UNKNOWN, "f"),
        cell(Verdict.UNKNOWN),
        cell(Verdict.NOT_RUN),
    ]
    assert counts_of(cells) == {"planned": 8, "started": 6, "finished": 4, "decided": 4}
    assert counts_of(cells[6:]) == {"planned": 2, "started": 0, "finished": 0, "decided": 0}
    assert set(counts_of([]).values()) == {0}
