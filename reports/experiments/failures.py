"""Slots that failed a check, and slots that are undecided: by arm and part, with their blocks.

What an arm lost is counted apart (``losses``). A check that fails is no less a failure because
every impression was stored, and an undecided slot may hide either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports.experiments.slots import BlockSlot
from reports.verdict.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A check that failed in slots of an arm: in these ``blocks``, of the ``of`` that had the part.

    ``expected``: each of these slots failed just as it was known to, so none of them gates.
    ``summary`` is what the check says of the first of them.
    """

    part: str
    arm: str
    check: str
    blocks: tuple[int, ...]
    of: int
    expected: bool
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """Slots of an arm whose figures do not count: ``blocks`` of the ``of`` that had the part.

    ``reasons`` holds why, with the number of slots. ``judged`` is how many slots of the arm were
    decided, which says what it lost even where its figures do not count.
    """

    part: str
    arm: str
    blocks: tuple[int, ...]
    of: int
    judged: int
    reasons: Mapping[str, int]


def failures(slots: Iterable[BlockSlot], part: str, arms: Sequence[str]) -> list[Failure]:
    """Return the checks that failed in a part, arm by arm, those that gate first."""
    own = [slot for slot in slots if slot.part == part]
    return [
        failure
        for arm in arms
        for failure in _of_arm(part, arm, [slot for slot in own if slot.arm == arm])
    ]


def undecided(slots: Iterable[BlockSlot], part: str, arms: Sequence[str]) -> list[Undecided]:
    """Return the arms of a part that have slots whose figures do not count."""
    own = [slot for slot in slots if slot.part == part]
    found = []
    for arm in arms:
        of_arm = [slot for slot in own if slot.arm == arm]
        open_ones = [slot for slot in of_arm if slot.why_not]
        if open_ones:
            reasons: dict[str, int] = {}
            for slot in open_ones:
                reasons[slot.why_not] = reasons.get(slot.why_not, 0) + 1
            found.append(
                Undecided(
                    part=part,
                    arm=arm,
                    blocks=tuple(slot.block for slot in open_ones),
                    of=len(of_arm),
                    judged=sum(slot.is_judged for slot in of_arm),
                    reasons=reasons,
                )
            )
    return found


def _of_arm(part: str, arm: str, slots: Sequence[BlockSlot]) -> list[Failure]:
    blocks: dict[tuple[bool, str], list[int]] = {}
    summaries: dict[tuple[bool, str], str] = {}
    for slot in slots:
        if slot.cell.verdict is not Verdict.FAIL:
            continue
        for check, summary in slot.failed.items():
            key = slot.cell.failed_as_expected, check
            blocks.setdefault(key, []).append(slot.block)
            summaries.setdefault(key, summary)
    return [
        Failure(
            part=part,
            arm=arm,
            check=check,
            blocks=tuple(found),
            of=len(slots),
            expected=expected,
            summary=summaries[expected, check],
        )
        for (expected, check), found in sorted(blocks.items(), key=lambda one: one[0][0])
    ]
