"""A cell's browser and the roadmap's columns: filled by one, near to one, or neither."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.network import BrowserUsed
from reports.evidence.frame import read_ledger
from reports.judging.roadmap import browser_of, columns_of, in_roadmap
from reports.verdict.roadmap_columns import BrowserSeen
from reports.verdict.verdict import Cell, Verdict
from scenarios.catalogue.roadmap import ROADMAP
from tests.reports.ledgers import healthy

CHROME = {"product": "Google Chrome", "version": "130.0", "platform": "Windows", "kind": "stock"}
CHROMIUM = {**CHROME, "product": "Chromium"}


def cell_with(browser: BrowserSeen | None, matrix: str = ROADMAP.matrix) -> Cell:
    return Cell(
        scenario="s",
        arm="",
        seed=1,
        verdict=Verdict.PASS,
        reason="",
        matrix=matrix,
        browser=browser,
    )


def test_a_browser_fills_its_column_or_is_named_near_it() -> None:
    filled = in_roadmap(cell_with(BrowserSeen(name="a", **CHROME)), ROADMAP)
    assert (filled.fills, filled.near) == ("Chrome 120+ · Windows", "")
    near = in_roadmap(cell_with(BrowserSeen(name="a", **CHROMIUM)), ROADMAP)
    assert (near.fills, near.near) == ("", "Chrome 120+ · Windows")
    assert "Chromium is not Google Chrome" in near.lacks


def test_without_a_browser_or_a_roadmap_a_cell_stays_as_it_is() -> None:
    without, with_one = cell_with(None), cell_with(BrowserSeen(name="a", **CHROME))
    assert in_roadmap(without, ROADMAP) == without
    assert in_roadmap(with_one, None) == with_one


def test_all_columns_are_there_if_any_cell_of_the_matrix_is() -> None:
    cells = [cell_with(BrowserSeen(name="a", **CHROME)), cell_with(None)]
    states = columns_of(cells, ROADMAP)
    assert [one.column for one in states] == [one.label for one in ROADMAP.columns]
    assert [one.column for one in states if one.filled] == ["Chrome 120+ · Windows"]
    assert columns_of([cell_with(None, matrix="load")], ROADMAP) == ()
    assert columns_of(cells, None) == ()


def test_a_run_has_a_browser_where_it_describes_just_one(tmp_path: Path) -> None:
    one, other = (BrowserUsed(name="a", **facts) for facts in (CHROME, CHROMIUM))
    found = []
    for number, rows in enumerate(([], [one, one], [one, other])):
        ledger = healthy()
        for row in rows:
            ledger.saw(0.1, row)
        found.append(browser_of(read_ledger(ledger.write(tmp_path / str(number)))))
    assert found == [None, BrowserSeen(name="a", **CHROME), None]
