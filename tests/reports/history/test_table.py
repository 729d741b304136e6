"""A trend in a terminal: the sentence last, names as they are."""

from __future__ import annotations

import io

from msgspec.structs import replace
from rich.console import Console
from rich.text import Text

from reports.history.record import TrendRecord
from reports.history.table import trend_lines
from tests.benchmarks.trend.planted import FATE, STEP, trend_of
from tests.reports.report_samples import HOSTILE

FOUND = trend_of(seed=1, steps=(STEP,), broken=(FATE,), changes={4: {"cpus": "4"}})


def printed(found: TrendRecord, *, every: bool = False) -> str:
    out = io.StringIO()
    for line in trend_lines(found, every=every):
        Console(file=out, width=220).print(line, soft_wrap=isinstance(line, Text))
    return out.getvalue()


def test_what_broke_comes_first_and_the_sentence_last() -> None:
    lines = [line for line in printed(FOUND).splitlines() if line.strip()]
    assert lines[0] == "Impressions lost or altered"
    assert "✗ broken" in lines[3]
    assert lines[-1] == FOUND.sentence
    assert "environment since 2026-09-05 02:00: cpus: 2 → 4" in lines
    assert "15 series looked at, 14 steady or short" in printed(FOUND)


def test_steady_figures_are_shown_where_they_are_asked_for() -> None:
    assert "Other figures" not in printed(FOUND)
    assert printed(FOUND, every=True).count("= steady") == 14


def test_hostile_names_are_printed_as_they_are_and_steer_nothing() -> None:
    fates = tuple(replace(one, scenario=HOSTILE) for one in FOUND.fates)
    shown = printed(replace(FOUND, fates=fates))
    assert "\x1b" not in shown
