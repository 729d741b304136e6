"""The page of what watching costs: ratios are of pairs, and each figure stands beside its goal."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.monitoring.page import as_markdown
from tests.benchmarks.monitoring.trials import READ, cost_of


def test_the_page_has_every_figure() -> None:
    text = as_markdown("today", {"CPU": "two"}, [cost_of(0.98)], [READ])
    assert (
        "| all | 200 | 1,000 | 980 | **0.980** (0.980 – 0.980) | 20.0, 20.6 µs "
        "| 1.030 (1.030 – 1.030) | 1 | 3 % (at most 3 %) | reached |" in text
    )
    assert "| 1,000,000 | 2,000 | 1,500 | **0.80 ms** | 2.25 ms | 9 | reached | 3.2 s | 0 |" in text
    assert "| CPU | two |" in text


def test_a_goal_that_was_missed_says_so() -> None:
    text = as_markdown("today", {}, [cost_of(0.949)], [replace(READ, median_ms=5.0)])
    assert text.count("**missed**") == 2
    assert "reached" not in text


def test_only_everything_together_has_a_goal() -> None:
    text = as_markdown("today", {}, [cost_of(0.5, "rollups")], [])
    assert "missed" not in text
    assert "impressions:" not in text


def test_counts_without_rows_say_so() -> None:
    text = as_markdown("today", {}, [], [replace(READ, scan_s=None, differences=None)])
    assert "| reached | counts alone |  |" in text
