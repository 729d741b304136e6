"""What an experiment says, in sentences: the decision, and what it rests on.

Page, terminal and result.json take their words from here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from reports.core import text
from reports.experiments.hypotheses import HypothesisResult
from reports.experiments.losses import ALPHA, Loss
from reports.experiments.result import Comparison, Result
from reports.experiments.slots import Block
from reports.statistics.paired.decision import PairedDecision, percent
from reports.statistics.paired.drift import MetricsDrift, metrics_drift

VERDICT_GLYPHS = {"better": "✓", "worse": "✗", "equivalent": "=", "undecided": "?"}
AGREEMENT_GLYPHS = {"agrees": "✓", "disagrees": "✗", "undecided": "?"}
VERDICT_MEANINGS = {
    "better": "the whole interval lies beyond the margin, on the better side",
    "worse": "the whole interval lies beyond the margin, on the worse side",
    "equivalent": "the difference is certainly smaller than the margin",
    "undecided": "the blocks so far allow more than one of these",
}
_ORDER = ("better", "equivalent", "worse", "undecided")


def decision_sentence(result: Result) -> str:
    """Return the decision in one sentence: losers first, then every arm by the deciding figure, and
    what the control lost itself, or an arm alone, too little to be certain."""
    return "; ".join([_decision(result), *_further_losses(result)])


def _decision(result: Result) -> str:
    losers = _loser_clauses(result)
    if not result.blocks:
        return "Nothing is decided: no block is complete"
    lead = f"{'; '.join(losers)}; " if losers else ""
    if result.look is None:
        first = result.plan.looks[0].blocks if result.plan.looks else result.plan.blocks
        return (
            f"{lead}{'n' if lead else 'N'}othing is decided yet: {len(result.blocks)} of "
            f"{text.count(result.plan.blocks, 'block')} are complete, and the first planned look "
            f"is after {first}"
        )
    lost = {loss.arm for loss in result.losers}
    rest = [c for c in result.deciding if c.arm not in lost]
    if not rest:
        return "; ".join(losers) or "Nothing is compared: the control is the only arm"
    rest.sort(key=lambda c: (_ORDER.index(c.verdict), _cost(c)))
    figure = text.one_line(rest[0].metric.title)
    if not any(c.decision and math.isfinite(c.decision.high - c.decision.low) for c in rest):
        return (
            f"{lead}{'b' if lead else 'B'}y {figure} nothing is decided: {_too_few(result, rest)}"
        )
    clauses = "; ".join(arm_clause(c, result.plan.control) for c in rest)
    return f"{lead}{'b' if lead else 'B'}y {figure}: {clauses}"


def arm_clause(comparison: Comparison, control: str) -> str:
    """Return what one comparison says of its arm against the control, without the figure's name."""
    arm, control = text.one_line(comparison.arm), text.one_line(control)
    decision = comparison.decision
    if decision is None:
        return f"{arm} is undecided, for no block has a figure of it and of {control}"
    if decision.verdict == "equivalent":
        return (
            f"{arm} is equivalent to {control}, certainly within "
            f"{text.figure(comparison.metric.margin_percent)} % ({interval_words(decision)})"
        )
    by = f"{difference_words(decision.estimate)} ({interval_words(decision)})"
    if decision.verdict == "undecided":
        return f"{arm} against {control} is undecided: {by}; {more_blocks_words(decision)}"
    return f"{arm} is {decision.verdict} than {control}: {by}"


def difference_words(log_ratio: float) -> str:
    """Return a log-ratio for a reader: ``8.3 % lower``."""
    if not math.isfinite(log_ratio):
        return "unknown"
    share = percent(log_ratio)
    if round(abs(share), 1) == 0:
        return "0 % apart"
    return f"{_share(abs(share))} % {'lower' if share < 0 else 'higher'}"


def interval_words(decision: PairedDecision) -> str:
    """Return a decision's interval with its level: ``95 %: 5.1 to 11.2 % lower``."""
    level = f"{text.figure(round(100 * decision.level, 2))} %"
    low, high = decision.low, decision.high
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"{level}: no interval yet"
    low_percent, high_percent = percent(low), percent(high)
    if low_percent < 0 < high_percent:
        return f"{level}: {difference_words(low)} to {difference_words(high)}"
    near, far = sorted((abs(low_percent), abs(high_percent)))
    side = "lower" if low_percent < 0 else "higher"
    return f"{level}: {_share(near)} to {_share(far)} % {side}"


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


def signed_interval(low: float, high: float) -> str:
    """Return two bounds as signed percent; a bound that is not finite is ``any``."""
    if not (math.isfinite(low) or math.isfinite(high)):
        return "none yet"
    return _range(signed_percent(low) or "any", signed_percent(high) or "any")


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


def loses_more(loss: Loss) -> bool:
    """Return whether an arm certainly loses more than the control."""
    return loss.alone > 0 or (loss.lost > 0 and loss.p < ALPHA)


def measured(measure: str, value: float) -> str:
    """Return a measured figure with its unit and four significant digits; empty without one."""
    return text.measure(measure, float(f"{value:.4g}"))[1] if math.isfinite(value) else ""


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


def looks_sentence(result: Result) -> str:
    """Return which looks were planned, which was reached, and when the next one comes."""
    plan, complete = result.plan, len(result.blocks)
    looks = " and ".join(
        f"after {text.count(look.blocks, 'block')} "
        f"({text.figure(round(100 * look.alpha, 2))} % of error spent)"
        for look in plan.looks
    )
    sentence = f"Looks are planned {looks}; {complete} of {plan.blocks} blocks are complete"
    if result.look is None:
        return f"{sentence}, so nothing was looked at yet."
    left_out = complete - result.look.blocks
    aside = f", and the {left_out} after it enter with the next one" if left_out else ""
    return f"{sentence}: what is shown is the look after {result.look.blocks}{aside}."


def machine_sentence(result: Result) -> str:
    """Return what the canaries say of the machine, as a sentence."""
    sentence = result.machine.sentence
    return f"{sentence[:1].upper()}{sentence[1:]}."


def drifts(result: Result) -> dict[str, MetricsDrift]:
    """Return of each rival how all its figures together moved, signed so that + is worse."""
    found = {}
    for arm in result.plan.rivals:
        own = [c for c in result.comparisons if c.arm == arm and c.decision is not None]
        shifts = {f"{c.part.name} {c.metric.measure}": _cost(c) for c in own}
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


def _too_few(result: Result, comparisons: Sequence[Comparison]) -> str:
    """Return why no arm has an interval."""
    compared = [c.decision for c in comparisons if c.decision is not None]
    if not compared:
        arms = ", ".join(text.one_line(c.arm) for c in comparisons)
        return f"no block has a figure of {text.one_line(result.plan.control)} and of {arms}"
    more = [decision.more_blocks for decision in compared if decision.more_blocks is not None]
    most = max(decision.blocks for decision in compared)
    ending = f"; it takes about {text.count(max(more), 'more block')}" if more else ""
    with_it = text.count(most, "block")
    return (
        f"{with_it} with the figure {'is' if most == 1 else 'are'} too few for an interval{ending}"
    )


def _loser_clauses(result: Result) -> list[str]:
    """Return what each loser loses; several parts of an arm in one clause."""
    parts = Counter(loss.arm for loss in result.losers)
    clauses: dict[str, list[str]] = {}
    for loss in result.losers:
        where = f" ({text.one_line(loss.part)})" if parts[loss.arm] > 1 else ""
        if loses_more(loss):
            share = share_words(loss.lost / loss.shown)
            clauses.setdefault(loss.arm, []).append(f"loses {share} of what was shown{where}")
        if loss.false:
            what = f"{text.count(loss.false, 'impression')} twice, altered or unshown"
            clauses.setdefault(loss.arm, []).append(f"stores {what}{where}")
    return [
        f"{text.one_line(arm)} {' and '.join(own)}: it is no winner, however fast"
        for arm, own in clauses.items()
    ]


def _further_losses(result: Result) -> Iterator[str]:
    """Yield what the control lost, and what an arm lost where the control lost nothing."""
    control, is_one = result.plan.control, len(result.plan.parts) == 1
    safe = {loss.part for loss in result.losses if loss.arm == control and not loss.lost}
    for loss in result.losses:
        where = "" if is_one else f" ({text.one_line(loss.part)})"
        of_all = f"{loss.lost:,} of {text.count(loss.shown, 'impression')}{where}"
        if loss.arm == control and loss.lost:
            yield f"the control {text.one_line(control)} itself loses {of_all}"
        elif loss.part in safe and loss.lost and not loses_more(loss):
            yield (
                f"{text.one_line(loss.arm)} loses {of_all} and {text.one_line(control)} none, "
                "which may be chance"
            )


def _cost(comparison: Comparison) -> float:
    """Return the log-ratio signed so that + is worse."""
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
