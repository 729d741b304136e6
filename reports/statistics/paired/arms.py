"""All arms of an experiment at one look: each against the control, with one promise for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from reports.core.types import Floats
from reports.statistics.paired.decision import PairedDecision, decide, percent_words
from reports.statistics.paired.holm import thresholds
from reports.statistics.paired.looks import Look


class SlotShift(NamedTuple):
    """The p of "slots do not matter", and by how much they shift an arm, in log units."""

    p: float
    bias: float


_NO_SHIFT = SlotShift(1.0, 0.0)


def decide_arms(
    differences: Mapping[str, Floats],
    look: Look,
    *,
    margin: float,
    lower_is_better: bool = True,
    slots: Mapping[str, SlotShift] | None = None,
    limit: float | None = None,
    shown: Callable[[float], str] = percent_words,
) -> Mapping[str, PairedDecision]:
    """Return the decision on each arm at a look, Holm's correction made over all of them.

    ``differences``: each arm's log-ratios to the control, one a block, in time's order. Pass an arm
    that an earlier look decided too, with the blocks that it has: it counts among the arms.
    ``margin`` is a share of the control, ``limit`` and ``shown`` are for differences in a unit; see
    ``decide``.
    """
    level = 1 - look.alpha
    shifts = slots or {}

    def decided(name: str, alpha: float) -> PairedDecision:
        shift = shifts.get(name, _NO_SHIFT)
        return decide(
            differences[name],
            margin=margin,
            level=level,
            lower_is_better=lower_is_better,
            alpha_adjusted=alpha,
            slot_p=shift.p,
            slot_bias=shift.bias,
            limit=limit,
            shown=shown,
        )

    p = {name: decided(name, look.alpha).p for name in differences}
    return {name: decided(name, alpha) for name, alpha in thresholds(p, look.alpha).items()}
