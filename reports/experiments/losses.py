"""What each arm lost: first of all, for an arm that is fast because it loses is no winner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reports.experiments.slots import BlockSlot
from reports.statistics.share import binomial_at_least, share_interval

ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What an arm lost in one part, over all slots that count.

    ``lost`` of ``shown`` impressions are not stored; ``false`` ones are stored twice, altered or
    unshown. ``p`` is the chance of at least that many lost if it lost at the control's rate, exact.
    """

    part: str
    arm: str
    slots: int
    shown: int
    lost: int
    false: int
    p: float

    @property
    def interval(self) -> tuple[float, float]:
        """Return the exact 95 % interval of the share that is lost, as if each were drawn apart."""
        return share_interval(self.lost, self.shown)

    @property
    def is_loser(self) -> bool:
        """Return whether the arm loses more than the control, or stores what is false."""
        return self.false > 0 or (self.lost > 0 and self.p < ALPHA)


def losses(slots: Iterable[BlockSlot], part: str, arms: Sequence[str], control: str) -> list[Loss]:
    """Return what each arm lost in a part.

    Given how many the arm and the control lost together, each of them fell on the arm with its
    share of what was shown if both lose alike: a binomial count. A control that stored something
    false as well makes no arm look better.
    """
    counted = [slot for slot in slots if slot.part == part and not slot.why_not]
    found = {arm: [slot for slot in counted if slot.arm == arm] for arm in arms}
    control_lost = sum(slot.lost for slot in found[control])
    control_shown = sum(slot.shown for slot in found[control])
    result = []
    for arm in arms:
        own, lost = found[arm], sum(slot.lost for slot in found[arm])
        shown = sum(slot.shown for slot in own)
        p = 1.0
        if arm != control and shown and control_shown:
            p = binomial_at_least(lost, lost + control_lost, shown / (shown + control_shown))
        result.append(
            Loss(
                part=part,
                arm=arm,
                slots=len(own),
                shown=shown,
                lost=lost,
                false=sum(slot.false for slot in own),
                p=p,
            )
        )
    return result
