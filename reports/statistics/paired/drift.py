"""Signs that the machine, and not an arm, made the difference.

One change rarely moves everything the same way. When most metrics of an arm are worse by more than
a little, or most are better, the arm's slots may have been worse or better ones: an alarm says so,
and changes no verdict. A canary is a fixed piece of work that is timed in every slot; it runs no
arm's code, so whatever it shows is the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reports.core.types import Floats, Ints
from reports.statistics.paired.permutation import share_at_least, within_blocks

METRICS_MIN = 3
CHANGED_RATIO = 1.1
SIGNIFICANT_P = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsDrift:
    """The median shift of all metrics of an arm (log-ratio, + is worse), and whether it alarms."""

    shift: float
    worse: int
    better: int
    metrics: int
    alarm: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryFinding:
    """Blocks (numbers from 0) in which the machine changed, and whether arms met it differently.

    ``effects``: how much slower than average the canary was beside each arm, in log units; ``p`` of
    "arms do not matter to it".
    """

    blocks: tuple[int, ...]
    effects: Floats
    p: float
    sentence: str


def metrics_drift(shifts: Mapping[str, float], *, beyond: float) -> MetricsDrift:
    """Return whether most metrics of an arm shifted the same way by more than ``beyond``.

    ``shifts``: each metric's log-ratio to the control, signed so that + is worse; ``beyond`` is in
    the same log units. With fewer than three metrics there is no alarm: they may well be one thing.
    Raises ValueError without any.
    """
    if not shifts:
        raise ValueError("no metrics")
    values = np.array(list(shifts.values()))
    worse, better = int((values > beyond).sum()), int((values < -beyond).sum())
    shift = float(np.median(values))
    most, way = max((worse, "worse"), (better, "better"))
    alarm = len(values) >= METRICS_MIN and 2 * most > len(values)
    percent, limit = 100 * np.expm1(shift), 100 * np.expm1(beyond)
    sentence = f"the median metric shifted by {percent:+.1f} %"
    if alarm:
        sentence = (
            f"{most} of {len(values)} metrics are {way} by more than {limit:.1f} % "
            f"({sentence}): the machine may have differed for this arm"
        )
    return MetricsDrift(
        shift=shift,
        worse=worse,
        better=better,
        metrics=len(values),
        alarm=alarm,
        sentence=sentence,
    )


def canary(durations: Floats, arms: Ints, *, ratio: float = CHANGED_RATIO) -> CanaryFinding:
    """Return in which blocks the machine changed between slots, and whether that went with an arm.

    Both arrays are blocks x slots: the canary's durations (any unit), and the number of the arm
    that ran there. A block is named when its longest duration is more than ``ratio`` times its
    shortest. p comes from shuffling arms within blocks. Raises ValueError when a duration is not
    positive.
    """
    if not (np.isfinite(durations).all() and (durations > 0).all()):
        raise ValueError("a duration is not positive")
    changed = np.flatnonzero(durations.max(axis=1) > ratio * durations.min(axis=1))
    logs = np.log(durations)
    logs -= logs.mean(axis=1, keepdims=True)
    arranged = within_blocks(arms)
    beside = [
        np.where(arranged == arm, logs, 0.0).sum(axis=(1, 2)) for arm in range(arms.max() + 1)
    ]
    effects = np.stack(beside, axis=1) / len(durations)
    p = share_at_least((effects**2).sum(axis=1))
    blocks = tuple(int(block) for block in changed)
    return CanaryFinding(
        blocks=blocks, effects=effects[0], p=p, sentence=_canary_sentence(blocks, logs, p, ratio)
    )


def _canary_sentence(blocks: tuple[int, ...], logs: Floats, p: float, ratio: float) -> str:
    percent = 100 * (ratio - 1)
    if blocks:
        sentence = (
            f"the machine changed by more than {percent:.0f} % in {len(blocks)} of {len(logs)}"
        )
        sentence += " blocks"
    else:
        sentence = f"the machine stayed within {percent:.0f} % in each of {len(logs)} blocks"
    if p < SIGNIFICANT_P:
        return f"{sentence}, and not alike for all arms (p = {p:.3f})"
    return sentence
