"""What an experiment rests on, in words; what it comes to is in ``sentence``.

Page, terminal and result.json take their words from here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.ledger.experiment import ExperimentPlan
from reports.core import text
from reports.experiments.failures import Failure
from reports.experiments.hypotheses import HypothesisResult
from reports.experiments.losses import ALPHA, Loss
from reports.experiments.result import Comparison, Result
from reports.experiments.slots import Block
from reports.statistics.paired.decision import PairedDecision, percent
from reports.statistics.paired.drift import MetricsDrift, metrics_drift
from reports.statistics.paired.signed_rank import blocks_for

VERDICT_GLYPHS = {"better": "✓", "worse": "✗", "equivalent": "=", "undecided": "?"}
AGREEMENT_GLYPHS = {"agrees": "✓", "disagrees": "✗", "undecided": "?"}
VERDICT_MEANINGS = {
    "better": "the whole interval lies beyond the margin, on the better side",
    "worse": "the whole interval lies beyond the margin, on the worse side",
    "equivalent": "the difference is certainly smaller than the margin",
    "undecided": "the blocks so far allow more than one of these",
}


def difference_words(log_ratio: float) -> str:
    """Return a log-ratio for a reader: ``8.3 % lower``."""
    if not math.isfinite(log_ratio):
        return "unknown"
    share = percent(log_ratio)
    if round(abs(share), 1) == 0:
        return "0 % apart"
    return f"{_share(abs(share))} % {'lower' if share < 0 else 'higher'}"


def apart_words(comparison: Comparison, value: float) -> str:
    """Return a difference of a comparison for a reader: ``8.3 % lower``, ``3 ms higher``."""
    if comparison.scale == "ratio":
        return difference_words(value)
    if not math.isfinite(value):
        return "unknown"
    if value == 0:
        return "0 apart"
    return f"{measured(comparison.metric.measure, abs(value))} {'lower' if value < 0 else 'higher'}"


def interval_words(comparison: Comparison, decision: PairedDecision) -> str:
    """Return a decision's interval with its level: ``95 %: 5.1 to 11.2 % lower``."""
    level = f"{text.figure(round(100 * decision.level, 2))} %"
    low, high = decision.low, decision.high
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"{level}: no interval yet"
    if low * high <= 0 or comparison.scale == "difference":
        return f"{level}: {apart_words(comparison, low)} to {apart_words(comparison, high)}"
    near, far = sorted((abs(percent(low)), abs(percent(high))))
    return f"{level}: {_share(near)} to {_share(far)} % {'lower' if low < 0 else 'higher'}"


def signed(comparison: Comparison, value: float) -> str:
    """Return a difference with its sign for a table: ``−8.3 %``, ``+3 ms``; empty without one."""
    if comparison.scale == "ratio":
        return signed_percent(value)
    if not math.isfinite(value):
        return ""
    sign = "" if value == 0 else "−" if value < 0 else "+"
    return f"{sign}{measured(comparison.metric.measure, abs(value))}"


def signed_interval(comparison: Comparison, low: float, high: float) -> str:
    """Return two bounds with their signs; a bound that is not finite is ``any``."""
    if not (math.isfinite(low) or math.isfinite(high)):
        return "none yet"
    return _range(signed(comparison, low) or "any", signed(comparison, high) or "any")


def more_blocks_words(decision: PairedDecision) -> str:
    """Return how many more blocks would decide, about."""
    if decision.more_blocks is None:
        return "more blocks would hardly help"
    return f"about {text.count(decision.more_blocks, 'more block')}"


def signed_percent(log_ratio: float) -> str:
    """Return a log-ratio as signed percent for a table: ``−8.3 %``; empty if it is not finite."""
    if not math.isfinite(log_ratio):
        return ""
    share = percent(log_ratio)
    shown = _share(abs(share))
    return f"{'' if shown == '0' else '−' if share < 0 else '+'}{shown} %"


def p_words(p: float) -> str:
    """Return a p for a reader."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def share_words(share: float) -> str:
    """Return a share in percent with two significant digits at least."""
    return f"{text.figure(float(f'{100 * share:.2g}'))} %"


def loss_interval(loss: Loss) -> str:
    """Return the exact interval of the share that an arm lost; empty where nothing was shown."""
    return _range(*(share_words(bound) for bound in loss.interval)) if loss.shown else ""


def loss_word(loss: Loss, control: str) -> str:
    """Return how an arm stands by what it lost, in a few words."""
    if loss.is_loser:
        wrongs = ["loses"] * loses_more(loss) + ["stores what is false"] * bool(loss.false)
        return ", ".join(wrongs)
    if not loss.shown:
        return "nothing counts"
    if not loss.lost:
        return "loses nothing"
    return (
        "is the control, and loses"
        if loss.arm == control
        else "loses, not certainly more than the control"
    )


def failed_in(failure: Failure) -> str:
    """Return in how many blocks a check failed: ``✗ 3 of 9 blocks``; ``as expected`` if it was."""
    blocks = f"{len(failure.blocks)} of {text.count(failure.of, 'block')}"
    return f"{blocks}, as expected" if failure.expected else f"✗ {blocks}"


def why_no_winner(result: Result, arm: str) -> str:
    """Return why an arm is no winner in a word: ``loses``, or ``fails``; empty if it may be one."""
    if any(loss.arm == arm for loss in result.losers):
        return "loses"
    return "fails" if arm in result.no_winners else ""


def undecided_sentences(result: Result) -> list[str]:
    """Return for each arm and part with slots that do not count how many, and why."""
    return [
        f"{text.one_line(one.arm)} ({text.one_line(one.part)}): {len(one.blocks)} of "
        f"{text.count(one.of, 'slot')} {'does' if len(one.blocks) == 1 else 'do'} not count: "
        + "; ".join(
            f"{text.one_line(reason)}{f' ({n} times)' if n > 1 else ''}"
            for reason, n in one.reasons.items()
        )
        for one in result.undecided
    ]


def loses_more(loss: Loss) -> bool:
    """Return whether an arm certainly loses more than the control."""
    return loss.alone > 0 or (loss.lost > 0 and loss.p < ALPHA)


def measured(measure: str, value: float) -> str:
    """Return a measured figure with its unit and four significant digits; empty without one."""
    return text.figure_words(measure, value) if math.isfinite(value) else ""


def answer_measured(answer: HypothesisResult) -> str:
    """Return what was measured of a hypothesis, with its unit or as percent of another arm."""
    if not math.isfinite(answer.measured):
        return ""
    return _answer_figure(answer, answer.measured)


def answer_interval(answer: HypothesisResult) -> str:
    """Return the interval of what was measured; empty when there are too few blocks for one."""
    if not (math.isfinite(answer.low) and math.isfinite(answer.high)):
        return ""
    return _range(*(_answer_figure(answer, bound) for bound in (answer.low, answer.high)))


def expected_bounds(answer: HypothesisResult) -> str:
    """Return the bounds that a hypothesis is held against, in words."""
    one = answer.hypothesis
    low, high = (None if v is None else _answer_figure(answer, v) for v in (one.low, one.high))
    beside = f", against {text.one_line(one.relative_to)}" if one.relative_to else ""
    if low is not None and high is not None:
        return f"{_range(low, high)}{beside}"
    if low is None and high is None:
        return f"anything{beside}"
    return f"{'at least' if high is None else 'at most'} {low or high}{beside}"


def planned_looks(plan: ExperimentPlan) -> str:
    """Return when results are looked at: ``look 1 after 11 blocks, look 2 after 22 blocks``."""
    return ", ".join(
        f"look {number} after {text.count(look.blocks, 'block')}"
        for number, look in enumerate(plan.looks, 1)
    )


def look_title(result: Result) -> str:
    """Return which look is shown: ``look 1 of 2, after 11 blocks``."""
    if result.look is None:
        return f"before the first look, after {text.count(len(result.blocks), 'block')}"
    number = result.plan.looks.index(result.look) + 1
    after = text.count(result.look.blocks, "block")
    return f"look {number} of {len(result.plan.looks)}, after {after}"


def looks_sentence(result: Result) -> str:
    """Return which looks were planned, which was reached, and when the next one comes."""
    plan, complete = result.plan, len(result.blocks)
    looks = ", ".join(
        f"look {number} after {text.count(look.blocks, 'block')} "
        f"(at an error of {text.figure(round(100 * look.alpha, 2))} %)"
        for number, look in enumerate(plan.looks, 1)
    )
    sentence = (
        "Results are decided on at planned looks only, for deciding after every block would err "
        f"more often: {looks}; {complete} of {plan.blocks} blocks are complete"
    )
    if result.look is None:
        return f"{sentence}, so nothing was looked at yet."
    left_out = complete - result.look.blocks
    aside = f", and the {left_out} after it enter with the next one" if left_out else ""
    return f"{sentence}: what is shown is {look_title(result)}{aside}."


def too_rare(plan: ExperimentPlan) -> list[str]:
    """Return a sentence for each part that has too few blocks at a look to call any arm better or
    worse there, however large the difference."""
    found = []
    for part in plan.parts:
        had = [math.ceil(look.blocks / part.every) for look in plan.looks]
        needed = [blocks_for(look.alpha / max(len(plan.rivals), 1)) for look in plan.looks]
        short = [n for n, (have, need) in enumerate(zip(had, needed, strict=True)) if have < need]
        if not part.metrics or not short:
            continue
        first, last = short[0], short[-1]
        if last == len(plan.looks) - 1:
            whole = (needed[last] - 1) * part.every + 1
            found.append(
                f"{text.one_line(part.name)} has {text.count(had[last], 'block')} at the last "
                f"look, too few for better or worse: it takes {needed[last]}, "
                f"--blocks {whole} or more"
            )
        else:
            found.append(
                f"{text.one_line(part.name)} has {text.count(had[first], 'block')} at look "
                f"{first + 1}, too few for better or worse there (it takes {needed[first]}): "
                f"look {last + 2} decides it"
            )
    return found


def machine_sentence(result: Result) -> str:
    """Return what the canaries say of the machine, as a sentence."""
    sentence = result.machine.sentence
    return f"{sentence[:1].upper()}{sentence[1:]}."


def drifts(result: Result) -> dict[str, MetricsDrift]:
    """Return of each rival how all its figures together moved, signed so that + is worse."""
    found = {}
    for arm in result.plan.rivals:
        own = [
            c
            for c in result.comparisons
            if c.arm == arm and c.decision is not None and c.scale == "ratio"
        ]
        shifts = {f"{c.part.name} {c.metric.measure}": cost(c) for c in own}
        shifts = {name: shift for name, shift in shifts.items() if math.isfinite(shift)}
        if shifts:
            margins = sorted(c.metric.margin_percent for c in own)
            beyond = math.log1p(margins[len(margins) // 2] / 100)
            found[arm] = metrics_drift(shifts, beyond=beyond)
    return found


def drift_sentences(result: Result) -> list[str]:
    """Return a sentence for each arm most of whose figures moved the same way.

    It may be so; it is also what a machine looks like that was busy while this arm ran.
    """
    return [
        f"{text.one_line(arm)}: {drift.sentence}."
        for arm, drift in drifts(result).items()
        if drift.alarm
    ]


def counted_blocks(result: Result) -> Sequence[Block]:
    """Return the blocks that the result rests on: those up to the look, or all before the first."""
    return result.blocks[: result.look.blocks] if result.look else result.blocks


def cost(comparison: Comparison) -> float:
    """Return the difference signed so that + is worse."""
    if comparison.decision is None:
        return math.nan
    sign = 1 if comparison.metric.better == "lower" else -1
    return sign * comparison.decision.estimate


def _answer_figure(answer: HypothesisResult, value: float) -> str:
    if answer.hypothesis.relative_to:
        return f"{'+' if value > 0 else '−' if value < 0 else ''}{_share(abs(value))} %"
    return measured(answer.hypothesis.measure, value)


def _range(low: str, high: str) -> str:
    """Return two figures of one unit with the unit once: ``50 to 52.1 ms``."""
    figure, _, unit = low.partition(" ")
    return f"{figure} to {high}" if unit == high.partition(" ")[2] else f"{low} to {high}"


def _share(value: float) -> str:
    """Return percent with a decimal where that says something."""
    return text.figure(round(value, 1 if value < 100 else 0))
