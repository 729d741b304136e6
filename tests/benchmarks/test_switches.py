"""The page of what counting costs: ratios are of pairs, and each figure stands beside its goal."""

from __future__ import annotations

from benchmarks.switches import Counted, Pairs, as_markdown


def test_a_ratio_is_of_its_own_pair() -> None:
    trial = Pairs(50, switched=[90.0, 40.0], plain=[100.0, 50.0], others=[0.0])
    assert (trial.ratio.least, trial.ratio.greatest, trial.ratio.n) == (0.8, 0.9, 2)


def test_the_page_has_every_figure() -> None:
    read = Counted(
        impressions=1_000_000,
        users=2_000,
        reads=9,
        median_ms=0.8,
        worst_ms=2.25,
        differences=0,
    )
    trial = Pairs(200, switched=[98.0], plain=[100.0], others=[0.03])
    text = as_markdown("today", {"CPU": "two"}, [trial], read)
    assert "0.980 (0.980 to 0.980)" in text
    assert "1,000,000 impressions of 2,000 users" in text
    assert "median 0.80 ms, at worst 2.25 ms (goal: 5)" in text
    assert "0 counts differ" in text
    assert "3 %" in text
