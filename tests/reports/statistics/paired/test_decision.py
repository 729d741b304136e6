"""The verdict: each way to reach one, and each reason not to."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics.paired import signed_rank, student
from reports.statistics.paired.decision import decide, percent
from reports.statistics.paired.permutation import generator

SHAPE = np.array([0.4, -0.9, 0.1, 1.0, -0.5, -0.1, 0.8, -0.8, 0.3, -0.4, 0.6, -0.5])
"""Twelve blocks around zero, whose order shows nothing."""


def around(centre_percent: float, spread: float = 0.01) -> npt.NDArray[np.float64]:
    return math.log1p(centre_percent / 100) + spread * SHAPE


def test_far_beyond_the_margin_is_worse_or_better() -> None:
    worse = decide(around(10), margin=0.05)
    assert (worse.verdict, worse.direction) == ("worse", "higher")
    assert decide(around(10), margin=0.05, lower_is_better=False).verdict == "better"
    assert decide(around(-10), margin=0.05).verdict == "better"
    assert decide(around(-10), margin=0.05, lower_is_better=False).verdict == "worse"
    assert percent(worse.estimate) == pytest.approx(10, abs=0.5)
    assert percent(math.log(3)) == pytest.approx(200)
    assert worse.blocks == 12
    assert worse.level == 0.95
    assert worse.more_blocks is None
    assert worse.notes == ()
    assert worse.order.factor == 1.0


def test_it_carries_both_intervals_and_the_exact_p() -> None:
    d = around(10)
    found = decide(d, margin=0.05, level=0.9)
    assert (found.low, found.high) == signed_rank.interval(d, 0.9)
    assert (found.t_low, found.t_high) == pytest.approx(student.interval(d, 0.9))
    assert found.p == signed_rank.p_value(d) == 2 / 2**12


def test_inside_the_margin_is_equivalent_even_when_it_certainly_differs() -> None:
    assert decide(around(0), margin=0.05).verdict == "equivalent"
    assert decide(around(0), margin=0.05).notes == ()
    differs = decide(around(-2.1, 0.005), margin=0.05)
    assert differs.verdict == "equivalent"
    assert differs.direction == "lower"
    assert differs.notes == ("it differs a little, inside the margin: measured -2.1 %",)


def test_equivalence_is_the_ninety_percent_interval() -> None:
    """Two one-sided tests at 5 %: a margin between the bounds of 90 % and of 95 %."""
    d = around(3, 0.02)
    inner = max(signed_rank.interval(d, 0.9)[1], student.interval(d, 0.9)[1])
    outer = signed_rank.interval(d, 0.95)[1]
    assert inner < outer
    between = math.expm1((inner + outer) / 2)
    assert decide(d, margin=between).verdict == "equivalent"
    assert signed_rank.one_sided_p(-d, above=-math.log1p(between)) <= 0.05
    assert decide(d, margin=math.expm1(inner) - 1e-6).verdict == "undecided"


def test_across_the_margin_the_direction_is_known_and_the_size_is_not() -> None:
    found = decide(around(5, 0.03), margin=0.05)
    assert (found.verdict, found.direction) == ("undecided", "higher")
    assert found.notes[-1].startswith("the arm is higher than the control (measured +")
    assert found.notes[-1].endswith("whether by more than 5 % is open")
    mirrored = decide(around(-5, 0.03), margin=0.05)
    assert (mirrored.verdict, mirrored.direction) == ("undecided", "lower")
    assert mirrored.notes[-1].startswith("the arm is lower than the control (measured -")


def test_a_margin_that_is_just_met_is_neither_kept_nor_exceeded() -> None:
    """Half of the blocks lie on the margin, 1/16 in log units, so the interval ends there."""
    margin = math.expm1(1 / 16)
    for sign in (1.0, -1.0):
        inside = decide(sign / 32 * np.array([2.0, 1.0] * 6), margin=margin)
        beyond = decide(sign / 16 * np.array([1.0, 2.0] * 6), margin=margin)
        assert {abs(inside.low), abs(inside.high)} == {1 / 16, 1 / 32}
        assert {abs(beyond.low), abs(beyond.high)} == {1 / 16, 1 / 8}
        assert (inside.verdict, beyond.verdict) == ("undecided", "undecided")


def test_an_interval_that_begins_at_zero_differs_by_nothing() -> None:
    for sign in (1.0, -1.0):
        found = decide(sign / 128 * np.array([1.0, 0.0] * 6), margin=0.05)
        assert 0.0 in (found.low, found.high)
        assert (found.verdict, found.notes) == ("equivalent", ())


def test_around_zero_and_wide_has_no_direction() -> None:
    found = decide(around(0, 0.2), margin=0.05)
    assert (found.verdict, found.direction, found.notes) == ("undecided", "open", ())


def test_a_p_that_misses_holms_threshold_decides_nothing() -> None:
    d = around(10)
    assert decide(d, margin=0.05, alpha_adjusted=2 / 2**12).verdict == "worse"
    strict = decide(d, margin=0.05, alpha_adjusted=1.9 / 2**12)
    assert strict.verdict == "undecided"
    assert strict.more_blocks == 1


def test_both_tests_have_to_reach_the_threshold() -> None:
    """Quarters, so that nothing is rounded: t's p is the larger one, and may just be met."""
    d = np.array([1, 2, 1, 3, 1, 8, 2, 4, 1, 3, 2, 4]) / 4
    p = student.p_value(d)
    assert signed_rank.p_value(d) < p
    assert decide(d, margin=0.0, alpha_adjusted=p).verdict == "worse"
    assert decide(d, margin=0.0, alpha_adjusted=p * 0.99).verdict == "undecided"


def test_without_a_margin_whatever_is_not_zero_is_better_or_worse() -> None:
    assert decide(around(1, 0.005), margin=0.0).verdict == "worse"
    assert decide(around(0), margin=0.0).verdict == "undecided"


def test_how_many_more_blocks() -> None:
    """N = B (half-width / (margin - |centre|))², of the 90 % interval inside the margin."""
    d = around(0, 0.2)
    found = decide(d, margin=0.05)
    low, high = signed_rank.interval(d, 0.9)
    room = math.log1p(0.05) - abs(found.estimate)
    assert found.more_blocks == math.ceil(12 * ((high - low) / 2 / room) ** 2 - 12)


def test_more_blocks_beyond_the_margin_are_of_the_wider_interval() -> None:
    d = around(8, 0.08)
    found = decide(d, margin=0.05)
    assert found.verdict == "undecided"
    room = found.estimate - math.log1p(0.05)
    assert found.more_blocks == math.ceil(12 * ((found.high - found.low) / 2 / room) ** 2 - 12)


def test_more_blocks_are_named_up_to_a_thousand() -> None:
    """Of a pseudo-median of zero: the half-width shrinks to the margin's root after that many."""
    d = around(0, 0.2)
    low, high = signed_rank.interval(d, 0.9)

    def more(needed: float) -> int | None:
        room = (high - low) / 2 / math.sqrt(1 + needed / 12)
        return decide(d, margin=math.expm1(room)).more_blocks

    assert [more(0.5), more(3.5), more(999.5), more(1000.5)] == [1, 4, 1000, None]


def test_a_strict_threshold_asks_for_blocks_that_can_reach_it() -> None:
    """2 / 2¹⁶ needs 16 blocks; to be equivalent needs no such p."""
    strict = 2 / 2**16
    assert decide(around(10), margin=0.05, alpha_adjusted=strict).more_blocks == 4
    assert decide(around(0, 0.131), margin=0.05, alpha_adjusted=strict).more_blocks == 1
    # Twelve blocks could reach this one, and the width would do: one more at least.
    nearly = around(10)
    nearly[2] = -0.0001
    assert decide(nearly, margin=0.0, alpha_adjusted=2.2 / 2**12).more_blocks == 1


def test_no_number_of_blocks_separates_an_estimate_from_its_own_margin() -> None:
    d = around(5, 0.05)
    exactly = decide(d, margin=math.expm1(signed_rank.pseudo_median(d)))
    assert (exactly.verdict, exactly.more_blocks) == ("undecided", None)
    assert decide(around(5, 2.0), margin=0.051).more_blocks is None
    # Five blocks have an interval of 90 %, which counts on the margin itself, and none of 95 %.
    five = decide(np.array([2.0, 1.0, 3.0, 2.0, 2.0]) / 32, margin=math.expm1(1 / 16))
    assert (five.estimate, five.more_blocks) == (1 / 16, None)


def test_differences_of_nothing_at_all_decide_nothing_without_a_margin() -> None:
    found = decide(np.zeros(12), margin=0.0)
    assert (found.verdict, found.direction, found.more_blocks) == ("undecided", "open", None)
    assert decide(np.zeros(12), margin=0.05).verdict == "equivalent"


def test_differences_in_a_unit_have_a_margin_in_it() -> None:
    """Of a control of zero there is no share: what does not differ at all is equivalent to it."""
    d = np.array([2.0, 1.5, 2.5, 2.0, 1.75, 2.25, 2.0, 1.9, 2.1])
    words = {"margin": 0.05, "shown": lambda value: f"{value:g} rows"}
    assert decide(d, limit=5.0, **words).verdict == "equivalent"  # type: ignore[arg-type]
    assert decide(d, limit=5.0, **words).notes[-1].endswith("measured 2 rows")  # type: ignore[arg-type]
    assert decide(d, limit=1.0, **words).verdict == "worse"  # type: ignore[arg-type]
    assert decide(d, limit=0.0, **words).verdict == "worse"  # type: ignore[arg-type]
    assert decide(np.zeros(9), limit=0.0, **words).verdict == "equivalent"  # type: ignore[arg-type]
    assert decide(np.zeros(4), limit=0.0, **words).verdict == "undecided"  # type: ignore[arg-type]


@pytest.mark.parametrize(("blocks", "more"), [(0, 6), (1, 5), (5, 1)])
def test_too_few_blocks_say_how_many_are_missing(blocks: int, more: int) -> None:
    found = decide(around(10)[:blocks], margin=0.05)
    assert (found.verdict, found.more_blocks) == ("undecided", more)
    assert (found.low, found.high) == (-math.inf, math.inf)


def test_where_signed_rank_and_t_disagree_the_union_decides() -> None:
    """One wild block: t is wide, ranks are not."""
    d = around(10, 0.002)
    d[7] = 1.5
    assert signed_rank.interval(d, 0.95)[0] > math.log1p(0.05)
    found = decide(d, margin=0.05)
    assert found.verdict == "undecided"
    assert (found.low, found.high) == (found.t_low, found.t_high)
    assert found.low <= student.interval(d, 0.95)[0] < math.log1p(0.05)
    assert found.direction == "open"
    assert "signed-rank and t intervals lead to different verdicts" in found.notes[0]
    d[7] = 0.6  # t's interval meets the margin, but not zero
    assert decide(d, margin=0.05).direction == "higher"


def test_blocks_that_resemble_their_neighbours_decide_less() -> None:
    """The same differences, sorted: 3 % above is certain in a random order, and not in this one."""
    d = around(3, 0.02)
    assert decide(d, margin=0.0).verdict == "worse"
    found = decide(np.sort(d), margin=0.0)
    assert found.verdict == "undecided"
    low, high = signed_rank.interval(d, 0.95)
    assert found.high - found.low >= found.order.factor * (high - low) > 3 * (high - low)
    assert found.order.worth < 3
    t_low, t_high = student.interval(d, 0.95)
    assert found.t_high - found.t_low == pytest.approx(found.order.factor * (t_high - t_low))
    assert found.notes[0].startswith("neighbouring blocks are alike (r = 0.")
    assert "12 are worth about 2 independent ones" in found.notes[0]


def test_an_order_as_rare_as_one_in_twenty_is_not_yet_noted() -> None:
    """Six of the 120 orders of these five have neighbours that are as much alike."""
    found = decide(np.array([1.0, 0.0, 2.0, 5.0, 3.0]), margin=0.05)
    assert found.order.lag1.p == 0.05
    assert found.notes == ()


def test_an_effect_far_beyond_what_neighbours_share_is_still_decided() -> None:
    d = generator("walk").normal(size=24)
    alike = np.convolve(d, [1.0, 0.9, 0.7], mode="valid")
    found = decide(0.4 + 0.001 * alike, margin=0.05)
    assert found.verdict == "worse"
    assert found.notes


def test_slots_that_could_have_made_the_verdict_leave_it_open() -> None:
    d = around(10)
    harmless = decide(d, margin=0.05, slot_p=0.01, slot_bias=0.001)
    assert harmless.verdict == "worse"
    assert harmless.notes == (
        "the slot in a block matters (p = 0.010); its order shifts this arm by about +0.1 %",
    )
    for bias in (0.07, -0.07):
        doubtful = decide(d, margin=0.05, slot_p=0.01, slot_bias=bias)
        assert (doubtful.verdict, doubtful.more_blocks) == ("undecided", None)
        assert "balance their order" in doubtful.notes[0]
        assert decide(around(-10), margin=0.05, slot_p=0.01, slot_bias=bias).verdict == "undecided"
        assert decide(around(0), margin=0.05, slot_p=0.01, slot_bias=bias).verdict == "undecided"
    barely = decide(d, margin=0.05, slot_p=0.05, slot_bias=0.05)
    assert (barely.verdict, barely.notes) == ("worse", ())
    assert decide(d, margin=0.05, slot_p=0.049, slot_bias=0.0).notes != ()


def test_slots_count_at_the_bound_that_they_could_move() -> None:
    """Just beyond the margin or just inside it, on either side: a bias as large as the room."""
    for sign in (1.0, -1.0):
        d = sign * around(10)
        bound = min(abs(decide(d, margin=0.0).low), abs(decide(d, margin=0.0).high))
        # What is left after the bias is exactly zero, which is not beyond it.
        assert decide(d, margin=0.0, slot_p=0.01, slot_bias=bound).verdict == "undecided"
        assert decide(d, margin=0.0, slot_p=0.01, slot_bias=bound * 0.99).verdict != "undecided"
        near = sign * around(3)
        assert decide(near, margin=0.05).verdict == "equivalent"
        assert decide(near, margin=0.05, slot_p=0.01, slot_bias=0.03).verdict == "undecided"


def test_without_a_margin_no_size_is_open() -> None:
    found = decide(around(10), margin=0.0, slot_p=0.01, slot_bias=0.2)
    assert (found.verdict, found.direction) == ("undecided", "higher")
    assert "balance their order" in found.notes[0]
    assert found.notes[1].startswith("the slot in a block matters")
    assert len(found.notes) == 2


@given(
    st.lists(st.floats(-0.3, 0.3), min_size=1, max_size=14),
    st.sampled_from([0.0, 0.02, 0.05, 0.2]),
)
@settings(max_examples=60, deadline=None)
def test_exchanging_arm_and_control_mirrors_the_decision(d: list[float], margin: float) -> None:
    one, other = (decide(np.array(d) * sign, margin=margin) for sign in (1.0, -1.0))
    swapped = {"better": "worse", "worse": "better"}
    assert other.verdict == swapped.get(one.verdict, one.verdict)
    assert other.low == pytest.approx(-one.high, abs=1e-12)
    assert other.p == one.p
    assert one.low <= one.estimate <= one.high


def test_what_cannot_be_decided_on_is_refused() -> None:
    with pytest.raises(ValueError, match="margin"):
        decide(around(0), margin=-0.01)
    with pytest.raises(ValueError, match="not finite"):
        decide(np.array([0.1, math.nan]), margin=0.05)
