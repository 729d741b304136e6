"""What an experiment shows so far: losses first, then every arm against the control."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypedDict

import numpy as np

from harness.ledger.experiment import (
    ExperimentPart,
    ExperimentPlan,
    Hypothesis,
    Metric,
    PlannedLook,
)
from reports.core.text import figure_words
from reports.core.types import Floats
from reports.experiments.failures import Failure, Undecided, failures, undecided
from reports.experiments.hypotheses import HypothesisResult, answer
from reports.experiments.losses import Loss, losses
from reports.experiments.machine import MachineState, machine_state
from reports.experiments.slots import Block, positions, read_blocks, values
from reports.statistics.paired.arms import SlotShift, decide_arms
from reports.statistics.paired.decision import PairedDecision
from reports.statistics.paired.dependence import slot_bias, slot_effect
from reports.statistics.paired.looks import Look as StatisticalLook

MISSING_MOST = 0.2
"""The share of a comparison's blocks that may lack a ratio until those that are left are no fair
sample: a slot that is undecided, or a quantile that is longer than any, is missing for a reason."""

Scale = Literal["ratio", "difference"]


class _Unit(TypedDict, total=False):
    limit: float
    shown: Callable[[float], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One figure of one arm against the control.

    ``by_block`` are the log-ratios, NaN where a block has none; ``decision`` rests on those of the
    blocks up to the last planned look, and is None before the first. Where a figure is zero or less
    in some block there is no ratio: ``scale`` is ``difference`` then, and all of these are
    differences in the measure's unit. ``arm_value`` and
    ``control_value`` are medians over the blocks. ``missing`` of the ``of`` blocks that had the
    part have no ratio.
    """

    part: ExperimentPart
    metric: Metric
    arm: str
    scale: Scale
    by_block: Floats
    arm_value: float
    control_value: float
    decision: PairedDecision | None
    missing: int
    of: int

    @property
    def verdict(self) -> str:
        """Return ``better``, ``worse``, ``equivalent`` or ``undecided``."""
        return self.decision.verdict if self.decision else "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An experiment's result after its complete ``blocks``.

    ``look`` is the last planned one that was reached, None before the first. Comparisons and
    answers rest on its blocks; losses, failures and undecided slots are those of all of them.
    ``losses`` hold every part and arm; ``comparisons`` come part by part, figure by figure, arm by
    arm.
    """

    directory: Path
    plan: ExperimentPlan
    blocks: Sequence[Block]
    look: PlannedLook | None
    losses: Sequence[Loss]
    failures: Sequence[Failure]
    undecided: Sequence[Undecided]
    comparisons: Sequence[Comparison]
    answers: Sequence[HypothesisResult]
    machine: MachineState

    @property
    def losers(self) -> list[Loss]:
        """Return what arms lost that lose more than the control, or store what is false."""
        return [loss for loss in self.losses if loss.is_loser]

    @property
    def gating(self) -> list[Failure]:
        """Return the failures that were not expected."""
        return [failure for failure in self.failures if not failure.expected]

    @property
    def no_winners(self) -> frozenset[str]:
        """Return the arms that lose, or fail what they were not expected to: none of them is a
        winner, whatever its figures. The control may be among them."""
        lose = {loss.arm for loss in self.losers}
        return frozenset(lose | {failure.arm for failure in self.gating})

    @property
    def unheard(self) -> list[Undecided]:
        """Return the arms of which, in a part, not one slot was decided: what it loses there is not
        known."""
        return [one for one in self.undecided if not one.judged]

    @property
    def deciding(self) -> list[Comparison]:
        """Return the comparisons that decide the experiment: its first figure, arm by arm.

        There are none where it compares losses alone.
        """
        return list(self.comparisons[: len(self.plan.rivals)])

    @property
    def is_decided(self) -> bool:
        """Return whether every arm is better, worse, equivalent, or no winner, and every part heard
        of each.

        Where losses alone are compared that is so when all blocks are complete.
        """
        if any(one.arm not in self.no_winners for one in self.unheard):
            return False
        if not self.comparisons:
            return len(self.blocks) == self.plan.blocks
        return self.look is not None and all(
            c.verdict != "undecided" or c.arm in self.no_winners for c in self.deciding
        )

    @property
    def is_final(self) -> bool:
        """Return whether more blocks could change nothing: every arm is decided, or has not had a
        single figure beside the control's. Such an arm leaves the experiment undecided."""
        return self.is_decided or (
            self.look is not None
            and bool(self.deciding)
            and all(
                c.verdict != "undecided" or c.arm in self.no_winners or c.missing == c.of
                for c in self.deciding
            )
        )


def analyse(
    directory: Path, plan: ExperimentPlan, *, again: bool = False, write: bool = True
) -> Result:
    """Return the result of an experiment from its directories.

    ``again`` judges every run anew, and writes the verdicts unless ``write`` is false. Raises
    LedgerUnreadable or LedgerDamaged for a directory that is not this experiment's.
    """
    blocks = read_blocks(directory, plan, again=again, write=write)
    reached = [look for look in plan.looks if look.blocks <= len(blocks)]
    look = reached[-1] if reached else None
    counted = blocks[: look.blocks] if look else blocks
    slots = [slot for block in blocks for slot in block.slots]
    arms = list(plan.arms)
    return Result(
        directory=directory,
        plan=plan,
        blocks=blocks,
        look=look,
        losses=[
            loss for part in plan.parts for loss in losses(slots, part.name, arms, plan.control)
        ],
        failures=[one for part in plan.parts for one in failures(slots, part.name, arms)],
        undecided=[one for part in plan.parts for one in undecided(slots, part.name, arms)],
        comparisons=[
            comparison
            for part in plan.parts
            for metric in part.metrics
            for comparison in _comparisons(plan, part, metric, counted, look)
        ],
        answers=[_answered(one, counted) for one in plan.hypotheses],
        machine=machine_state(counted),
    )


def _comparisons(
    plan: ExperimentPlan,
    part: ExperimentPart,
    metric: Metric,
    blocks: Sequence[Block],
    look: PlannedLook | None,
) -> list[Comparison]:
    """Compare every arm with the control by one figure; Holm's correction is over the arms."""
    arms = list(plan.arms)
    figures = {arm: values(blocks, part.name, arm, metric.measure) for arm in arms}
    control = figures[plan.control]
    scale = _scale(figures.values())
    scaled = figures if scale == "difference" else {a: _logs(own) for a, own in figures.items()}
    by_block = {arm: scaled[arm] - scaled[plan.control] for arm in plan.rivals}
    kept = {arm: d[np.isfinite(d)] for arm, d in by_block.items()}
    ran = [any(slot.part == part.name for slot in block.slots) for block in blocks]
    missing = {arm: int((~np.isfinite(d[ran])).sum()) for arm, d in by_block.items()}
    decisions: Mapping[str, PairedDecision] = {}
    if look is not None:
        decisions = decide_arms(
            {arm: d for arm, d in kept.items() if len(d)},
            StatisticalLook(blocks=look.blocks, alpha=look.alpha),
            margin=metric.margin_percent / 100,
            lower_is_better=metric.better == "lower",
            slots=_slot_shifts(plan, part, scaled, blocks),
            **_in_unit(metric, control) if scale == "difference" else {},
        )
    return [
        Comparison(
            part=part,
            metric=metric,
            arm=arm,
            scale=scale,
            by_block=by_block[arm],
            arm_value=_median(figures[arm]),
            control_value=_median(control),
            decision=_weighed(decisions.get(arm), missing[arm], sum(ran)),
            missing=missing[arm],
            of=sum(ran),
        )
        for arm in plan.rivals
    ]


def _scale(figures: Iterable[Floats]) -> Scale:
    """Return how arms are compared by a figure: in its unit as soon as one of them has no log."""
    return "difference" if any((own <= 0).any() for own in figures) else "ratio"


def _logs(figures: Floats) -> Floats:
    logs: Floats = np.log(figures)
    return logs


def _in_unit(metric: Metric, control: Floats) -> _Unit:
    """Return what deciding in the measure's unit takes: the margin of the control's median."""
    median = _median(control)
    return {
        "limit": metric.margin_percent / 100 * abs(median) if np.isfinite(median) else 0.0,
        "shown": lambda value: f"{'+' if value > 0 else ''}{figure_words(metric.measure, value)}",
    }


def _weighed(decision: PairedDecision | None, missing: int, of: int) -> PairedDecision | None:
    """Return the decision, undecided where too many blocks have no ratio."""
    if decision is None or decision.verdict == "undecided" or missing <= MISSING_MOST * of:
        return decision
    note = (
        f"{missing} of {of} blocks have no such figure of both: the others alone would make it "
        f"{decision.verdict}, but what is missing is hardly missing by chance"
    )
    return replace(decision, verdict="undecided", more_blocks=None, notes=(*decision.notes, note))


def _slot_shifts(
    plan: ExperimentPlan,
    part: ExperimentPart,
    scaled: Mapping[str, Floats],
    blocks: Sequence[Block],
) -> dict[str, SlotShift]:
    """Return of every rival the p of "slots do not matter", and what their order adds to it.

    ``scaled`` holds each arm's logs, or its figures where differences are compared. Only blocks in
    which every arm has the figure can tell; with too few of them nothing is known.
    """
    arms = list(plan.arms)
    logs = np.column_stack([scaled[arm] for arm in arms])
    whole = np.isfinite(logs).all(axis=1)
    if whole.sum() < len(arms) + 1:
        return {}
    slots = positions(blocks, part.name, arms)[whole]
    try:
        effect = slot_effect(logs[whole], slots)
    except ValueError:  # the order never changed: chance, in a few blocks
        return {}
    control = slots[:, arms.index(plan.control)]
    return {
        arm: SlotShift(effect.p, slot_bias(effect.effects, slots[:, arms.index(arm)], control))
        for arm in plan.rivals
    }


def _answered(one: Hypothesis, blocks: Sequence[Block]) -> HypothesisResult:
    own = values(blocks, one.part, one.arm, one.measure)
    other = values(blocks, one.part, one.relative_to, one.measure) if one.relative_to else None
    return answer(one, own, other)


def _median(figures: Floats) -> float:
    known = figures[np.isfinite(figures)]
    return float(np.median(known)) if len(known) else float("nan")
