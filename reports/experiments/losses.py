"""What each arm lost: first of all, for an arm that is fast because it loses is no winner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from reports.experiments.slots import BlockSlot
from reports.statistics.paired.holm import holm
from reports.statistics.paired.signed_rank import one_sided_p
from reports.statistics.share import share_interval

ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What an arm lost in one part, over all slots that are judged.

    ``lost`` of ``shown`` impressions are not stored; ``false`` ones are stored twice, altered or
    unshown. ``alone`` of the lost ones are of slots that may not lose them, while the control lost
    nothing. ``p`` is that of the shares lost by block being no larger than the control's, by the
    exact one-sided signed-rank test, Holm's correction made over the arms.
    """

    part: str
    arm: str
    slots: int
    shown: int
    lost: int
    false: int
    alone: int
    p: float

    @property
    def interval(self) -> tuple[float, float]:
        """Return the exact 95 % interval of the share that is lost, as if each were drawn apart."""
        return share_interval(self.lost, self.shown)

    @property
    def is_loser(self) -> bool:
        """Return whether the arm loses what it may not and the control does not, loses more than
        the control, or stores what is false."""
        return self.false > 0 or self.alone > 0 or (self.lost > 0 and self.p < ALPHA)


def losses(slots: Iterable[BlockSlot], part: str, arms: Sequence[str], control: str) -> list[Loss]:
    """Return what each arm lost in a part.

    Impressions of a visit are lost together, so a block is what is counted: the share that the arm
    lost in it against the control's.
    """
    counted = [slot for slot in slots if slot.part == part and slot.is_judged]
    found = {arm: [slot for slot in counted if slot.arm == arm] for arm in arms}
    control_loses = any(slot.lost for slot in found[control])
    p = holm({arm: _p(found[arm], found[control]) for arm in arms if arm != control})
    return [
        Loss(
            part=part,
            arm=arm,
            slots=len(found[arm]),
            shown=sum(slot.shown for slot in found[arm]),
            lost=sum(slot.lost for slot in found[arm]),
            false=sum(slot.false for slot in found[arm]),
            alone=0 if control_loses else sum(s.lost for s in found[arm] if s.cell.gates),
            p=p.get(arm, 1.0),
        )
        for arm in arms
    ]


def _p(own: Sequence[BlockSlot], control: Sequence[BlockSlot]) -> float:
    """Return the chance of differences like these if the arm lost no more than the control."""
    others = {slot.block: _share(slot) for slot in control if slot.shown}
    differences = [
        _share(slot) - others[slot.block] for slot in own if slot.shown and slot.block in others
    ]
    return one_sided_p(np.array(differences), above=0.0) if any(differences) else 1.0


def _share(slot: BlockSlot) -> float:
    return slot.lost / slot.shown
