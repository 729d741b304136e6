"""The verdict on one arm: better, worse, equivalent, or undecided and about how many more blocks.

The interval lies wholly beyond the margin on one side, and the test is significant after Holm's
correction: better or worse. Both one-sided tests against the margin hold, which is to say that the
interval at 1 - 2 alpha (90 % beside one of 95 %) lies wholly inside it: equivalent, even if the arm
certainly differs a little. All else is undecided: an arm that is certainly slower, by 1 to 9 % with
a margin of 5 %, has a direction but may or may not matter, and a note says that.

Signed-rank and t have to agree; where they do not, the union of their intervals decides. Blocks
that resemble their neighbours are stretched first (``dependence.allow_for_order``), and what slots
may have added has to be too little to change the verdict.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from reports.core.types import Floats
from reports.statistics.paired import signed_rank, student
from reports.statistics.paired.dependence import Allowance, allow_for_order, stretched

Answered = Literal["better", "worse", "equivalent", "undecided"]
Direction = Literal["higher", "lower", "open"]
Side = Literal[Direction, "inside"]

SIGNIFICANT_P = 0.05
"""Of the lag-1 autocorrelation and of slots: from here on a note says so."""
MORE_BLOCKS_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDecision:
    """What an arm's differences to the control show.

    ``estimate`` (pseudo-median) and all bounds are log-ratios, which ``percent`` turns into
    percent, or differences where differences were decided on.
    ``low`` to ``high`` is the signed-rank interval at ``level`` after all allowances, or its union
    with t's where they disagree; ``t_low`` to ``t_high`` is t's. ``p`` is the signed-rank p after
    the same allowances. ``direction`` says on which side of the control the arm is, at that level,
    whatever the margin. ``more_blocks`` is None unless more blocks would help.
    ``order`` says how alike neighbouring blocks are and what was allowed for that.
    """

    verdict: Answered
    estimate: float
    low: float
    high: float
    level: float
    t_low: float
    t_high: float
    p: float
    blocks: int
    more_blocks: int | None
    direction: Direction
    order: Allowance
    notes: tuple[str, ...]


class _Bounds(NamedTuple):
    """An interval for better and worse, one for equivalence; whether the test is significant."""

    low: float
    high: float
    equal_low: float
    equal_high: float
    significant: bool

    def side(self, limit: float, bias: float = 0.0) -> Side:
        """Return where the interval lies when each bound may be off by ``bias``."""
        if -limit < self.equal_low - bias and self.equal_high + bias < limit:
            return "inside"
        return self.beyond(limit, bias)

    def beyond(self, limit: float, bias: float = 0.0) -> Direction:
        """Return on which side of ± ``limit`` all of it lies; open if on none for certain."""
        if self.significant and self.low - bias > limit:
            return "higher"
        if self.significant and self.high + bias < -limit:
            return "lower"
        return "open"

    def union(self, other: _Bounds) -> _Bounds:
        """Return the wider of both on each side, significant when both are."""
        return _Bounds(
            min(self.low, other.low),
            max(self.high, other.high),
            min(self.equal_low, other.equal_low),
            max(self.equal_high, other.equal_high),
            self.significant and other.significant,
        )


def percent(log_ratio: float) -> float:
    """Return a log-ratio as the percentage by which an arm is above the control."""
    return 100 * math.expm1(log_ratio)


def percent_words(log_ratio: float) -> str:
    """Return a log-ratio as signed percent, as notes have it."""
    return f"{percent(log_ratio):+.1f} %"


def decide(
    d: Floats,
    *,
    margin: float,
    level: float = 0.95,
    lower_is_better: bool = True,
    alpha_adjusted: float | None = None,
    slot_p: float = 1.0,
    slot_bias: float = 0.0,
    limit: float | None = None,
    shown: Callable[[float], str] = percent_words,
) -> PairedDecision:
    """Decide on one arm from its log-ratios to the control, one a block, in time's order.

    Differences in a unit can take the place of log-ratios: then ``limit`` is the margin in that
    unit, and ``shown`` says one of them in words.

    ``margin``: what does not matter, as a share of the control (0.05 is 5 %); in log units it is
    ± log(1 + margin). ``level``: 1 - alpha of this look. ``alpha_adjusted``: what the arm's p must
    not exceed after Holm's correction (``holm.thresholds``), else 1 - level. ``slot_p`` and
    ``slot_bias`` (log units) are those of ``dependence``. Raises ValueError when a difference is
    not finite, or the margin is negative.
    """
    if margin < 0:
        raise ValueError(f"a margin of {margin}")
    n = len(d)
    alpha = 1 - level if alpha_adjusted is None else alpha_adjusted
    is_in_unit = limit is not None
    limit = math.log1p(margin) if limit is None else limit
    estimate = signed_rank.pseudo_median(d) if n else math.nan
    allowed = allow_for_order(d, level)
    around_estimate = stretched(d, estimate, allowed.factor)
    notes = _of_order(n, allowed)
    ranked = _ranked(around_estimate, level, alpha)
    students = _students(d, allowed.factor, level, alpha)
    bounds = ranked
    if ranked.side(limit) != students.side(limit):
        bounds = ranked.union(students)
        notes.append("signed-rank and t intervals lead to different verdicts: their union decides")
    side = bounds.side(limit)
    if is_in_unit and limit == bounds.equal_low == bounds.equal_high == 0:
        side = "inside"  # a control of zero leaves no margin, and no block differs at all
    more = None
    if side == "open":
        more = _more_blocks(n, estimate, bounds, limit, alpha)
    elif slot_p < SIGNIFICANT_P and bounds.side(limit, abs(slot_bias)) != side:
        side = "open"
        notes.append("what slots may have added could change the verdict: balance their order")
    if slot_p < SIGNIFICANT_P:
        notes.append(
            f"the slot in a block matters (p = {slot_p:.3f}); its order shifts this arm by about "
            f"{shown(slot_bias)}"
        )
    direction = bounds.beyond(0.0)
    notes += _remarks(side, direction, lambda: shown(estimate), bounds, margin)
    return PairedDecision(
        verdict=_verdict(side, lower_is_better),
        estimate=estimate,
        low=bounds.low,
        high=bounds.high,
        level=level,
        t_low=students.low,
        t_high=students.high,
        p=signed_rank.p_value(around_estimate),
        blocks=n,
        more_blocks=more,
        direction=direction,
        order=allowed,
        notes=tuple(notes),
    )


def _of_order(blocks: int, allowed: Allowance) -> list[str]:
    """Return a note where neighbouring blocks are alike."""
    if allowed.lag1.p >= SIGNIFICANT_P:
        return []
    return [
        f"neighbouring blocks are alike (r = {allowed.lag1.r:.2f}, p = {allowed.lag1.p:.3f}): "
        f"{blocks} are worth about {allowed.worth:.0f} independent ones, intervals are "
        f"{allowed.factor:.1f} times as wide"
    ]


def _ranked(d: Floats, level: float, alpha: float) -> _Bounds:
    wide = signed_rank.interval(d, level)
    narrow = signed_rank.interval(d, 2 * level - 1)
    return _Bounds(*wide, *narrow, signed_rank.p_value(d) <= alpha)


def _students(d: Floats, factor: float, level: float, alpha: float) -> _Bounds:
    d = stretched(d, float(d.mean()), factor) if len(d) else d
    wide, narrow = student.interval(d, level), student.interval(d, 2 * level - 1)
    return _Bounds(*wide, *narrow, student.p_value(d) <= alpha)


def _verdict(side: Side, lower_is_better: bool) -> Answered:
    if side == "inside":
        return "equivalent"
    if side == "open":
        return "undecided"
    return "better" if (side == "lower") == lower_is_better else "worse"


def _more_blocks(n: int, centre: float, bounds: _Bounds, limit: float, alpha: float) -> int | None:
    """Return about how many more blocks would decide: widths shrink with the root of the blocks.

    None when the estimate is so near the margin that none would, or more than ``MORE_BLOCKS_MAX``.
    """
    beyond = abs(centre) > limit
    low, high = (bounds.low, bounds.high) if beyond else (bounds.equal_low, bounds.equal_high)
    fewest = signed_rank.blocks_for(alpha) - n
    if math.isinf(high):  # then low is too: there are too few blocks
        return max(1, fewest)
    room = abs(limit - abs(centre))
    half = (high - low) / 2
    if room * math.sqrt(1 + MORE_BLOCKS_MAX / n) <= half:
        return None
    return max(1, fewest if beyond else 1, math.ceil(n * (half / room) ** 2 - n))


def _remarks(
    side: Side, direction: Direction, measured: Callable[[], str], bounds: _Bounds, margin: float
) -> list[str]:
    """Return what a reader could take wrongly without a word more."""
    if side == "inside" and not bounds.low <= 0 <= bounds.high:
        return [f"it differs a little, inside the margin: measured {measured()}"]
    if side == "open" and direction != "open" and margin > 0:
        return [
            f"the arm is {direction} than the control (measured {measured()}); whether by more "
            f"than {100 * margin:g} % is open"
        ]
    return []
