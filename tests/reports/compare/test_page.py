"""The page of a comparison: self-contained, every text escaped, every row there."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from reports.compare.page import render_compared
from reports.compare.words import tables
from tests.reports.compared import compared, experiments, visits
from tests.reports.experiment_builder import four_arms
from tests.reports.report_samples import HOSTILE


def test_it_holds_every_row_and_loads_nothing(tmp_path: Path) -> None:
    record = compared(tmp_path, visits(0, 1), visits(2, 1))
    page = render_compared(record)
    rows = sum(len(one.rows) for one in tables(record))
    assert page.count("<tr") == rows + len(tables(record))
    assert "default-src 'none'" in page
    assert "http" not in page.partition("<style>")[0].replace("http-equiv", "")
    assert "✗ new in B" in page


def test_hostile_names_are_escaped(tmp_path: Path) -> None:
    record = compared(tmp_path, visits(0, scenario=HOSTILE), visits(1, scenario=HOSTILE))
    page = render_compared(replace(record, drift=HOSTILE, unsafe=HOSTILE))
    assert "<script>" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize("outcome", ["worse", "undecided", "no worse", "no difference"])
def test_every_outcome_has_a_standing(tmp_path: Path, outcome: str) -> None:
    record = experiments(tmp_path, four_arms(), four_arms())
    page = render_compared(replace(record, outcome=outcome))  # type: ignore[arg-type]
    assert f'<span class="word">{outcome}</span>' in page
