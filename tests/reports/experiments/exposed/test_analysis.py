"""Variants by exposed users: verdicts, the ratio first, and how often it is wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from reports.experiments.exposed.analysis import UserMetric, analyse_exposed
from reports.statistics.paired.permutation import generator
from tests.reports.experiments.exposed.users import EQUAL, analysed, around, only


def test_a_known_effect_by_hand() -> None:
    """Means 3 and 6; errors √(5/3)/2 and √(20/3)/2: difference 3, Welch's t."""
    found = only(analysed({"a": [2, 2, 4, 4], "b": [4, 4, 8, 8]}))
    assert (found.mean, found.control_mean) == (6, 3)
    assert found.difference is not None
    error = math.sqrt(4 / 3 / 4 + 16 / 3 / 4)
    freedom = (4 / 3 / 4 + 16 / 3 / 4) ** 2 / ((4 / 3 / 4) ** 2 / 3 + (16 / 3 / 4) ** 2 / 3)
    half = stats.t.ppf(0.975, freedom) * error
    assert found.difference.estimate == 3
    assert found.difference.low == pytest.approx(3 - half)
    assert found.difference.high == pytest.approx(3 + half)
    assert found.p == pytest.approx(2 * stats.t.sf(3 / error, freedom))
    assert found.verdict == "undecided"


@pytest.mark.parametrize(
    ("mean", "better", "verdict"),
    [
        (120, "higher", "better"),
        (120, "lower", "worse"),
        (80, "higher", "worse"),
        (80, "lower", "better"),
        (100, "higher", "equivalent"),
        (106, "higher", "undecided"),
    ],
)
def test_the_verdict_depends_on_margin_and_side(mean: float, better: str, verdict: str) -> None:
    arms = {"a": around("a", 100, 400), "b": around("b", mean, 400)}
    assert only(analysed(arms, better=better)).verdict == verdict


def test_what_is_certain_and_small_is_equivalent_and_what_may_matter_is_open() -> None:
    small = only(analysed({"a": around("a", 100, 2_000), "b": around("b", 102, 2_000)}))
    assert (small.verdict, small.note) == ("equivalent", "it differs a little, inside the margin")
    edge = only(analysed({"a": around("a", 100, 400), "b": around("b", 105, 400)}))
    assert edge.verdict == "undecided"
    assert edge.note == "it is higher; whether by more than 5 % is open"


def test_a_broken_ratio_makes_everything_unknown() -> None:
    arms = {"a": around("a", 100, 600), "b": around("b", 150, 480)}
    result = analysed(arms)
    assert result.ratio.mismatch
    assert result.ratio.p == pytest.approx(stats.chisquare([600, 480]).pvalue)
    assert only(result).verdict == "unknown"
    assert only(analysed(arms, shares={"a": 600, "b": 480})).verdict == "better"


def test_a_variant_that_no_user_saw_breaks_the_ratio() -> None:
    result = analysed({"a": around("a", 100, 60)})
    assert (result.counts, result.ratio.mismatch) == ({"a": 60, "b": 0}, True)
    assert only(result).verdict == "unknown"
    assert math.isnan(only(result).mean)


def test_users_of_several_variants_are_in_no_count() -> None:
    exposed = [("u", "a"), ("v", "a"), ("w", "b"), ("w", "b"), ("x", "b"), ("v", "b")]
    result = analyse_exposed("e", exposed, [], control="a", shares=EQUAL, margin=0.05)
    assert (result.counts, result.in_several) == ({"a": 1, "b": 2}, 1)


def test_exposed_users_without_an_entry_count_where_every_user_does() -> None:
    exposed = [(f"{arm}{n}", arm) for arm in "ab" for n in range(4)]
    events = {"a0": (8.0, 2.0), "a1": (4.0, 2.0), "b0": (6.0, 1.0), "b1": (6.0, 1.0), "z": (9.0, 9)}
    means = []
    for counts in (True, False):
        metric = UserMetric(name="m", better="higher", events=events, every_user_counts=counts)
        shares = EQUAL
        result = analyse_exposed("e", exposed, [metric], control="a", shares=shares, margin=0.05)
        means.append((only(result).control_mean, only(result).mean))
    assert means == [(2.0, 3.0), (3.0, 6.0)]


def test_too_few_users_are_undecided_and_why() -> None:
    found = only(analysed({"a": [1.0, 2.0], "b": [3.0]}))
    assert (found.verdict, found.difference) == ("undecided", None)
    assert "1 users" in found.note


def test_without_a_ratio_nothing_is_better() -> None:
    found = only(analysed({"a": [0.0] * 50, "b": around("b", 100, 50)}))
    assert (found.verdict, found.note) == ("undecided", "no ratio: a mean is not above zero")


def test_holm_counts_the_variants() -> None:
    """Two variants with p of about 0.03 each: each alone would be significant, together none."""
    chance = generator("holm")
    a = chance.normal(100, 10, 300).tolist()
    b = (np.array(a) + 2.1 * np.std(a, ddof=1) * math.sqrt(2 / 300)).tolist()
    shares = {"a": 1.0, "b": 1.0, "c": 1.0}
    alone = only(analysed({"a": a, "b": b}, margin=0.0001))
    both = analysed({"a": a, "b": b, "c": b}, shares=shares, margin=0.0001)
    assert alone.p < 0.05
    assert [one.p for one in both.comparisons] == [pytest.approx(2 * alone.p)] * 2
    assert alone.verdict == "better"
    assert [one.verdict for one in both.comparisons] == ["undecided"] * 2


def test_an_a_a_experiment_is_wrong_as_rarely_as_promised() -> None:
    """400 experiments without an effect, skewed values, two variants, hardly a margin."""
    chance = generator("a/a")
    wrong = 0
    for _ in range(400):
        arms = {arm: chance.lognormal(3, 1, 80).tolist() for arm in "abc"}
        result = analysed(arms, shares=dict.fromkeys("abc", 1.0), margin=1e-9)
        wrong += any(one.verdict in ("better", "worse") for one in result.comparisons)
    assert wrong / 400 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)
