"""Figures of what a view costs its page: the main thread's time, long tasks, layout shifts."""

from __future__ import annotations

import pandas as pd

from harness.ledger.kinds.activity import PageFigure, PageFigureName
from reports.core.kinds import of_kind, payloads
from reports.evidence.frame import LedgerFrames

_PER_VIEW: dict[str, tuple[PageFigureName, float]] = {
    "main_thread_per_view_ms": ("main_thread_s", 1000.0),
    "script_per_view_ms": ("script_s", 1000.0),
    "style_per_view_ms": ("style_s", 1000.0),
    "layout_per_view_ms": ("layout_s", 1000.0),
    "long_tasks_per_view": ("long_tasks", 1.0),
    "long_task_per_view_ms": ("long_task_s", 1000.0),
    "layout_shift_score_per_view": ("layout_shift_score", 1.0),
}
"""Figure → what grows, and how many of the figure's units one of its own is."""


def page_work_measures(ledger: LedgerFrames) -> dict[str, float]:
    """Return what a view costs, by name with the unit last: the pages were measured before their
    first view and after every one. None where they were not."""
    rows = of_kind(ledger.activity, PageFigure)
    if rows.empty:
        return {}
    rows = rows.assign(tab=pd.Series([row.tab for row in payloads(rows, PageFigure)], rows.index))
    figures = {}
    for figure, (name, units) in _PER_VIEW.items():
        growth = _growth(rows, name)
        if len(growth):
            figures[figure] = units * float(growth.mean())
    shifts = _growth(rows, "layout_shifts")
    if len(shifts):
        figures["views_without_layout_shift_percent"] = 100 * float((shifts == 0).mean())
    return figures


def _growth(rows: pd.DataFrame, name: PageFigureName) -> pd.Series:
    """Return by how much a counter grew from each measurement of a page to its next one."""
    ours = rows[rows["name"] == name].sort_values("mono_ns")
    growth: pd.Series = ours.groupby("tab")["value"].diff().dropna()
    return growth
