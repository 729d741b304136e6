"""What an experiment comes to, in one sentence: who is no winner comes first.

Page, terminal and result.json show the same one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from reports.core import text
from reports.experiments.failures import Failure, Undecided
from reports.experiments.losses import Loss
from reports.experiments.result import Comparison, Result
from reports.experiments.words import (
    apart_words,
    cost,
    interval_words,
    loses_more,
    more_blocks_words,
    share_words,
)

_ORDER = ("better", "equivalent", "worse", "undecided")
_NAMED = 3
_SHARED_FROM = 3
"""Arms of one verdict from which on they share a clause."""
_OF_LOSSES = frozenset({"nothing_lost", "every_view_carried"})
_OF_FALSE = frozenset({"nothing_twice", "nothing_unshown", "nothing_corrupt"})
"""Checks that say what the clause about losses says already, in impressions."""


def decision_sentence(result: Result) -> str:
    """Return the decision in one sentence: first the arms that lose or fail, then every other arm
    by the deciding figure; at the end what the control lost itself, or an arm too little to be
    certain, and which slots do not count."""
    return "; ".join([_decision(result), *_further_losses(result), *_undecided(result)])


def arm_clause(comparison: Comparison, control: str) -> str:
    """Return what one comparison says of its arm against the control, without the figure's name."""
    arm, control = text.one_line(comparison.arm), text.one_line(control)
    decision = comparison.decision
    if decision is None:
        return f"{arm} is undecided, for no block has a figure of it and of {control}"
    found = interval_words(comparison, decision)
    if decision.verdict == "equivalent":
        margin = text.figure(comparison.metric.margin_percent)
        within = f"certainly within {margin} % ({found})"
        if decision.low == decision.high == 0:
            within = "the same in every block"
        return f"{arm} is equivalent to {control}, {within}"
    by = f"{apart_words(comparison, decision.estimate)} ({found})"
    if decision.verdict == "undecided":
        return f"{arm} against {control} is undecided: {by}; {more_blocks_words(decision)}"
    return f"{arm} is {decision.verdict} than {control}: {by}"


def failure_words(failures: Sequence[Failure]) -> str:
    """Return which checks failed of one arm in one part, and in how many of its blocks:
    ``nothing_lost in 3, conservation in 1 of 9 blocks``."""
    named = [f"{text.one_line(one.check)} in {len(one.blocks)}" for one in failures[:_NAMED]]
    more = len(failures) - _NAMED
    others = f" and {text.count(more, 'further check')}" if more > 0 else ""
    return f"{', '.join(named)} of {text.count(failures[0].of, 'block')}{others}"


def _decision(result: Result) -> str:
    if not result.blocks:
        return "Nothing is decided: no block is complete"
    leading = [*_no_winner_clauses(result), *_control_clauses(result)]
    lead = f"{'; '.join(leading)}; " if leading else ""
    if result.look is None:
        first = result.plan.looks[0].blocks if result.plan.looks else result.plan.blocks
        return (
            f"{lead}{'n' if lead else 'N'}othing is decided yet: {len(result.blocks)} of "
            f"{text.count(result.plan.blocks, 'block')} are complete, and the first planned look "
            f"is after {first}"
        )
    if not result.comparisons and result.plan.rivals:
        return f"{lead}{'l' if lead else 'L'}osses alone are compared: {_losses_alone(result)}"
    rest = [c for c in result.deciding if c.arm not in result.no_winners]
    if not rest:
        return "; ".join(leading) or "Nothing is compared: the control is the only arm"
    rest.sort(key=lambda c: (_ORDER.index(c.verdict), cost(c)))
    figure = text.one_line(rest[0].metric.title)
    if not any(c.decision and math.isfinite(c.decision.high - c.decision.low) for c in rest):
        return (
            f"{lead}{'b' if lead else 'B'}y {figure} nothing is decided: {_too_few(result, rest)}"
        )
    clauses = "; ".join(_clauses(rest, result.plan.control))
    return f"{lead}{'b' if lead else 'B'}y {figure}: {clauses}"


def _clauses(comparisons: Sequence[Comparison], control: str) -> Iterator[str]:
    """Yield a clause for each arm; three and more of one verdict share one, without intervals."""
    for verdict in _ORDER:
        own = [c for c in comparisons if c.verdict == verdict]
        if len(own) < _SHARED_FROM:
            yield from (arm_clause(c, control) for c in own)
            continue
        names = [
            f"{text.one_line(c.arm)} ({apart_words(c, c.decision.estimate)})"
            if c.decision
            else text.one_line(c.arm)
            for c in own
        ]
        arms = f"{', '.join(names[:-1])} and {names[-1]}"
        than = text.one_line(control)
        if verdict == "undecided":
            yield f"{arms} against {than} are undecided"
        else:
            yield f"{arms} are {verdict} {'to' if verdict == 'equivalent' else 'than'} {than}"


def _losses_alone(result: Result) -> str:
    """Return what an experiment without a figure comes to."""
    done = f"{len(result.blocks)} of {text.count(result.plan.blocks, 'block')} are complete"
    rest = [arm for arm in result.plan.rivals if arm not in result.no_winners]
    if not rest:
        return done
    verb = "does" if len(rest) == 1 else "do"
    control = text.one_line(result.plan.control)
    return f"{_named(rest)} {verb} not certainly lose more than {control}; {done}"


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


def _no_winner_clauses(result: Result) -> list[str]:
    """Return what each arm loses, stores falsely and fails; all parts of an arm in one clause."""
    control, clauses = result.plan.control, []
    lose = {loss.arm for loss in result.losers}
    for arm in sorted(result.plan.arms, key=lambda arm: arm not in lose):
        losers = [loss for loss in result.losers if loss.arm == arm]
        gating = [one for one in result.gating if one.arm == arm]
        if arm == control and not losers:
            continue
        wrongs = [
            f"{words}{f' ({text.one_line(part.name)})' if len(result.plan.parts) > 1 else ''}"
            for part in result.plan.parts
            for words in _wrongs(
                next((loss for loss in losers if loss.part == part.name), None),
                [one for one in gating if one.part == part.name],
            )
        ]
        if wrongs:
            more = len(wrongs) - _NAMED
            shown = wrongs[:_NAMED] + ([f"{more} more"] if more > 0 else [])
            what = " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
            clauses.append(f"{text.one_line(arm)} {what}: it is no winner, however fast")
    return clauses


def _wrongs(loss: Loss | None, gating: Sequence[Failure]) -> Iterator[str]:
    """Yield what an arm did wrong in one part: what it lost or falsified, and what else failed."""
    known: frozenset[str] = frozenset()
    if loss is not None and loses_more(loss):
        yield f"loses {share_words(loss.lost / loss.shown)} of what was shown"
        known |= _OF_LOSSES
    if loss is not None and loss.false:
        yield f"stores {text.count(loss.false, 'impression')} twice, altered or unshown"
        known |= _OF_FALSE
    others = [one for one in gating if one.check not in known]
    if others:
        yield f"fails {failure_words(others)}"


def _control_clauses(result: Result) -> Iterator[str]:
    """Yield what the control fails, which others are compared with, in one clause a part."""
    control = result.plan.control
    if any(loss.arm == control for loss in result.losers):
        return  # it is named among those that are no winners
    for part in result.plan.parts:
        own = [one for one in result.gating if (one.part, one.arm) == (part.name, control)]
        if own:
            where = "" if len(result.plan.parts) == 1 else f" ({text.one_line(part.name)})"
            yield f"the control {text.one_line(control)} itself fails {failure_words(own)}{where}"


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


def _undecided(result: Result) -> Iterator[str]:
    """Yield of which arms nothing is known in a part, and how many slots do not count."""
    unheard = {(one.part, one.arm) for one in result.unheard}
    for part in result.plan.parts:
        arms = [arm for arm in result.plan.arms if (part.name, arm) in unheard]
        if arms:
            names = "any arm" if len(arms) == len(result.plan.arms) else _named(arms)
            yield f"in {text.one_line(part.name)} nothing is known of {names}"
    rest = [one for one in result.undecided if (one.part, one.arm) not in unheard]
    if rest:
        yield _do_not_count(rest, is_one=len(result.plan.parts) == 1)


def _do_not_count(undecided: Sequence[Undecided], *, is_one: bool) -> str:
    worst = sorted(undecided, key=lambda one: -len(one.blocks) / one.of)
    total = sum(len(one.blocks) for one in worst)
    named = [
        f"{text.one_line(one.arm)}{'' if is_one else f' ({text.one_line(one.part)})'} "
        f"{len(one.blocks)} of {one.of}"
        for one in worst
    ]
    verb = "does" if total == 1 else "do"
    return f"{text.count(total, 'slot')} {verb} not count, being undecided: {_named(named)}"


def _named(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    shown = ", ".join(map(text.one_line, names[:_NAMED]))
    return f"{shown} and {more} more" if more > 0 else shown
