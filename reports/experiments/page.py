"""experiment.html: one self-contained page with the decision first and all that it rests on."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from harness.ledger.experiment import ExperimentPart
from reports.core import text
from reports.experiments import words
from reports.experiments.export.slots_table import run_below
from reports.experiments.pictures import ecdf_of, forest_of, slots_of, trade_off_of
from reports.experiments.plans import plan_differences
from reports.experiments.result import Comparison, Result
from reports.experiments.sentence import decision_sentence
from reports.experiments.slots import BlockSlot
from reports.pages.html import environment
from reports.plots.drawing.picture import Picture

PAGE_FILE = "experiment.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One comparison, ``first`` of its figure's ``span`` rows; why its arm is no winner, if so."""

    comparison: Comparison
    first: bool
    span: int
    no_winner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _PartShown:
    """A part with its rows, the level of its intervals in percent, and its pictures."""

    part: ExperimentPart
    level: str
    forest: Picture
    rows: Sequence[_Row]
    pictures: Sequence[Picture]


def render_page(result: Result) -> str:
    """Return the whole page; every text of the plan and of the runs is escaped."""
    plan = result.plan
    slots = [slot for block in result.blocks for slot in block.slots]
    return (
        environment()
        .get_template("experiment.html.j2")
        .render(
            result=result,
            plan=plan,
            sentence=decision_sentence(result),
            standing=standing(result),
            rests_on=_rests_on(result),
            parts=[_part(result, part) for part in plan.parts if part.metrics],
            losses=[(loss, words.loss_word(loss, plan.control)) for loss in result.losses],
            slots=[(slot, run_below(result, slot)) for slot in slots],
            plans=plan_differences(result),
            commands=_commands(result),
            text=text,
            words=words,
        )
    )


def standing(result: Result) -> tuple[str, str, str]:
    """Return how far the experiment is: class of the style sheet, glyph, and word."""
    if not result.blocks:
        return "not-run", "·", "no block"
    if result.losers:
        return "fail", "✗", "an arm loses"
    if result.no_winners:
        return "fail", "✗", "an arm fails"
    if result.is_decided:
        return "pass", "✓", "decided"
    return "unknown", "?", "undecided"


def _rests_on(result: Result) -> list[tuple[str, str]]:
    """Return what a reader should know before trusting the decision: label and sentence."""
    found = [("looks", words.looks_sentence(result)), ("machine", words.machine_sentence(result))]
    found += [("too few blocks", f"{sentence}.") for sentence in words.too_rare(result.plan)]
    found += [("all figures together", sentence) for sentence in words.drift_sentences(result)]
    left_out = sum(len(one.blocks) for one in result.undecided)
    if left_out:
        total = sum(len(block.slots) for block in result.blocks)
        verb = "does" if left_out == 1 else "do"
        sentence = f"{left_out} of {text.count(total, 'slot')} {verb} not count; reasons below."
        found.append(("slots", sentence))
    return found


def _part(result: Result, part: ExperimentPart) -> _PartShown:
    own = [c for c in result.comparisons if c.part == part]
    rows = [
        _Row(
            comparison=c,
            first=not n or own[n - 1].metric != c.metric,
            span=sum(one.metric == c.metric for one in own),
            no_winner=words.why_no_winner(result, c.arm),
        )
        for n, c in enumerate(own)
    ]
    drawn = [ecdf_of(result, part), trade_off_of(result, part), slots_of(result, part)]
    return _PartShown(
        part=part,
        level=text.figure(round(100 * (1 - result.look.alpha), 2)) if result.look else "",
        forest=forest_of(result, part),
        rows=rows,
        pictures=[picture for picture in drawn if picture is not None],
    )


def _commands(result: Result) -> list[tuple[str, str]]:
    at = str(result.directory)
    commands = [("run it again", result.plan.command)] if result.plan.command else []
    if len(result.blocks) < result.plan.blocks and not result.is_decided:
        commands.append(("run the blocks that are missing", _typed("experiment", "--resume", at)))
    slots = [slot for block in result.blocks for slot in block.slots if slot.run]
    if slots:
        worst = max(slots, key=_interest)
        which = "for example"
        if _interest(worst) > 0:
            which = "that does not count"
        if worst.failed:
            which = "that lost most" if worst.lost + worst.false else "that failed"
        commands.append((f"look at one slot, {which}", _typed("report", worst.run)))
    return commands


def _interest(slot: BlockSlot) -> float:
    """Return how much a reader may want to see of a slot: what it lost, else whether it failed."""
    return slot.lost + slot.false or (0.7 if slot.failed else 0.5 if slot.why_not else 0.0)


def _typed(*arguments: str) -> str:
    return shlex.join(["harness", *arguments])
