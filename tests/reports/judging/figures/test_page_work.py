"""What a view costs its page: counters' growth from one measurement to the next, page by page."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.ledger.kinds.activity import PageFigure, PageFigureName
from reports.evidence.frame import read_ledger
from reports.judging.figures.page_work import page_work_measures
from tests.reports.ledgers import HandWritten, lived


def measured(ledger: HandWritten, tab: str, **counters: tuple[float, ...]) -> HandWritten:
    """A page is measured once a second, before its first view and after each."""
    for name, values in counters.items():
        figure: PageFigureName = name  # type: ignore[assignment]
        for second, value in enumerate(values):
            ledger.saw(float(second), PageFigure(name=figure, value=value, tab=tab))
    return ledger


def figures(ledger: HandWritten, directory: Path) -> dict[str, float]:
    return page_work_measures(read_ledger(ledger.write(directory)))


def test_a_figure_is_the_mean_growth_of_all_pages(tmp_path: Path) -> None:
    """Pages at 5 s and 100 s before their views; 20, 40 and 60 ms a view."""
    ledger = measured(
        lived(),
        "one",
        main_thread_s=(5.0, 5.02, 5.06),
        layout_shifts=(2, 2, 3),
        layout_shift_score=(0.3, 0.3, 0.36),
        long_tasks=(1, 1, 2),
    )
    measured(ledger, "two", main_thread_s=(100.0, 100.06), layout_shifts=(0, 0))
    found = figures(ledger, tmp_path)
    assert found["main_thread_per_view_ms"] == pytest.approx(40.0)
    assert found["layout_shift_score_per_view"] == pytest.approx(0.03)
    assert found["long_tasks_per_view"] == pytest.approx(0.5)
    assert found["views_without_layout_shift_percent"] == pytest.approx(200 / 3)


def test_a_page_that_was_measured_once_or_not_at_all_says_nothing(tmp_path: Path) -> None:
    once = figures(measured(lived(), "one", main_thread_s=(5.0,)), tmp_path / "once")
    assert once == {}
    heap = figures(measured(lived(), "one", js_heap_bytes=(1e6, 2e6)), tmp_path / "heap")
    assert heap == {}
    assert figures(lived(), tmp_path / "none") == {}
