"""result.json: what an experiment shows, for machines (docs/experiment-schema.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping

from harness.ledger.experiment import PlannedLook
from harness.ledger.json_files import Record
from reports.experiments import words
from reports.experiments.failures import Failure, Undecided
from reports.experiments.hypotheses import HypothesisResult
from reports.experiments.losses import Loss
from reports.experiments.result import Comparison, Result
from reports.experiments.sentence import decision_sentence
from reports.statistics.paired.decision import percent

RESULT_SCHEMA = 2


class LossRecord(Record, frozen=True, kw_only=True):
    """What an arm lost in one part; ``interval`` is that of the share lost, exact at 95 %."""

    part: str
    arm: str
    slots: int
    shown: int
    lost: int
    false: int
    interval: tuple[float, float]
    p: float
    loses: bool


class FailureRecord(Record, frozen=True, kw_only=True):
    """A check that failed in ``blocks`` of an arm, of ``of`` that had the part."""

    part: str
    arm: str
    check: str
    blocks: tuple[int, ...]
    of: int
    expected: bool
    summary: str


class UndecidedRecord(Record, frozen=True, kw_only=True):
    """Slots of an arm that do not count: ``blocks`` of ``of``; ``judged`` are passed or failed."""

    part: str
    arm: str
    blocks: tuple[int, ...]
    of: int
    judged: int
    reasons: Mapping[str, int]


class ComparisonRecord(Record, frozen=True, kw_only=True):
    """One figure of one arm against the control; null where it was not looked at, or not known."""

    part: str
    measure: str
    title: str
    better: str
    margin_percent: float
    arm: str
    verdict: str
    scale: str
    arm_value: float | None
    control_value: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    t_low: float | None = None
    t_high: float | None = None
    difference_percent: float | None = None
    low_percent: float | None = None
    high_percent: float | None = None
    level: float | None = None
    t_low_percent: float | None = None
    t_high_percent: float | None = None
    p: float | None = None
    blocks: int
    missing: int
    of: int
    more_blocks: int | None = None
    direction: str = ""
    notes: tuple[str, ...] = ()
    log_ratios: tuple[float | None, ...] = ()
    differences: tuple[float | None, ...] = ()


class AnswerRecord(Record, frozen=True, kw_only=True):
    """A hypothesis, its bounds, and what was measured in the same unit."""

    part: str
    arm: str
    measure: str
    says: str
    relative_to: str
    expected_low: float | None
    expected_high: float | None
    measured: float | None
    low: float | None
    high: float | None
    blocks: int
    agreement: str
    note: str


class MachineRecord(Record, frozen=True, kw_only=True):
    """The canaries of each block, and the blocks in which the machine was busy."""

    sentence: str
    canary_s: tuple[tuple[float, ...], ...]
    median_s: float | None
    unsteady: tuple[int, ...]


class ResultRecord(Record, frozen=True, kw_only=True):
    """An experiment's result after the blocks that are complete."""

    schema: int = RESULT_SCHEMA
    name: str
    question: str
    sentence: str
    decided: bool
    no_winners: tuple[str, ...]
    control: str
    arms: Mapping[str, Mapping[str, str]]
    started: str
    command: str
    seed: int
    blocks_planned: int
    blocks_complete: int
    looks: tuple[PlannedLook, ...]
    look: PlannedLook | None
    losses: tuple[LossRecord, ...]
    failures: tuple[FailureRecord, ...]
    undecided: tuple[UndecidedRecord, ...]
    comparisons: tuple[ComparisonRecord, ...]
    answers: tuple[AnswerRecord, ...]
    machine: MachineRecord
    drift: Mapping[str, float]
    alarms: tuple[str, ...]
    facts: Mapping[str, str]


def result_record(result: Result) -> ResultRecord:
    """Return the record of a result."""
    plan, machine = result.plan, result.machine
    return ResultRecord(
        name=plan.name,
        question=plan.question,
        sentence=decision_sentence(result),
        decided=result.is_decided,
        no_winners=tuple(arm for arm in plan.arms if arm in result.no_winners),
        control=plan.control,
        arms=plan.arms,
        started=plan.started,
        command=plan.command,
        seed=plan.seed,
        blocks_planned=plan.blocks,
        blocks_complete=len(result.blocks),
        looks=plan.looks,
        look=result.look,
        losses=tuple(map(_loss, result.losses)),
        failures=tuple(map(_failure, result.failures)),
        undecided=tuple(map(_undecided, result.undecided)),
        comparisons=tuple(map(_comparison, result.comparisons)),
        answers=tuple(map(_answer, result.answers)),
        machine=MachineRecord(
            sentence=machine.sentence,
            canary_s=machine.canary_s,
            median_s=_known(machine.median_s),
            unsteady=machine.unsteady,
        ),
        drift={arm: drift.shift for arm, drift in words.drifts(result).items()},
        alarms=tuple(words.drift_sentences(result)),
        facts=plan.facts,
    )


def _loss(loss: Loss) -> LossRecord:
    return LossRecord(
        part=loss.part,
        arm=loss.arm,
        slots=loss.slots,
        shown=loss.shown,
        lost=loss.lost,
        false=loss.false,
        interval=loss.interval,
        p=loss.p,
        loses=loss.is_loser,
    )


def _failure(failure: Failure) -> FailureRecord:
    return FailureRecord(
        part=failure.part,
        arm=failure.arm,
        check=failure.check,
        blocks=failure.blocks,
        of=failure.of,
        expected=failure.expected,
        summary=failure.summary,
    )


def _undecided(undecided: Undecided) -> UndecidedRecord:
    return UndecidedRecord(
        part=undecided.part,
        arm=undecided.arm,
        blocks=undecided.blocks,
        of=undecided.of,
        judged=undecided.judged,
        reasons=undecided.reasons,
    )


def _comparison(comparison: Comparison) -> ComparisonRecord:
    metric, decision = comparison.metric, comparison.decision
    is_ratio, looked = comparison.scale == "ratio", {}
    if decision is not None:
        bounds = {
            "difference": decision.estimate,
            "low": decision.low,
            "high": decision.high,
            "t_low": decision.t_low,
            "t_high": decision.t_high,
        }
        looked = {
            **{
                f"{name}_percent" if is_ratio else name: (_percent if is_ratio else _known)(value)
                for name, value in bounds.items()
            },
            "level": decision.level,
            "p": decision.p,
            "more_blocks": decision.more_blocks,
            "direction": decision.direction,
            "notes": decision.notes,
        }
    by_block = tuple(_known(float(one)) for one in comparison.by_block)
    return ComparisonRecord(
        part=comparison.part.name,
        measure=metric.measure,
        title=metric.title,
        better=metric.better,
        margin_percent=metric.margin_percent,
        arm=comparison.arm,
        verdict=comparison.verdict,
        arm_value=_known(comparison.arm_value),
        control_value=_known(comparison.control_value),
        blocks=0 if decision is None else decision.blocks,
        missing=comparison.missing,
        of=comparison.of,
        scale=comparison.scale,
        log_ratios=by_block if is_ratio else (),
        differences=() if is_ratio else by_block,
        **looked,  # type: ignore[arg-type]
    )


def _answer(answer: HypothesisResult) -> AnswerRecord:
    one = answer.hypothesis
    return AnswerRecord(
        part=one.part,
        arm=one.arm,
        measure=one.measure,
        says=one.says,
        relative_to=one.relative_to,
        expected_low=one.low,
        expected_high=one.high,
        measured=_known(answer.measured),
        low=_known(answer.low),
        high=_known(answer.high),
        blocks=answer.blocks,
        agreement=answer.agreement,
        note=answer.note,
    )


def _percent(log_ratio: float) -> float | None:
    return percent(log_ratio) if math.isfinite(log_ratio) else None


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
