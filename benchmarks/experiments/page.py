"""The page: every promise beside what was measured, with the exact interval of each share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.experiments.rates import (
    AtTheMargin,
    Coverage,
    Dependent,
    FalseAlarms,
    PlantedEffect,
    Rate,
    SlotPower,
)
from benchmarks.markdown import facts_table, mark, page, table

PROMISED_WRONG = 0.05
PROMISED_COVERAGE = 0.93


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedFigures:
    """Everything of one run."""

    when: str
    facts: Mapping[str, str]
    false_alarms: list[FalseAlarms]
    at_the_margin: list[AtTheMargin]
    power: list[PlantedEffect]
    coverage: list[Coverage]
    dependent: list[Dependent]
    slots: list[SlotPower]


def as_json(results: SimulatedFigures) -> dict[str, Any]:
    """Return every figure."""
    return {"format": 1, **asdict(results)}


def as_markdown(results: SimulatedFigures) -> str:
    """Return the page."""
    return page(
        f"# Experiments whose truth is known, {results.when}",
        _HOW,
        "## Arms without an effect",
        _false_alarms(results.false_alarms),
        "An arm that is off by exactly the margin (5 %) is decided wrongly, either way:",
        _at_the_margin(results.at_the_margin),
        "## Planted effects",
        _power(results.power),
        "## What the intervals hold",
        _coverage(results.coverage),
        _ABOUT_COVERAGE,
        "## Differences that resemble their neighbours",
        _dependent(results.dependent),
        _ABOUT_DEPENDENCE,
        "## A slot that is slower than the others",
        _slots(results.slots),
        facts_table(results.facts),
    )


_HOW = """\
Made by `make bench-experiments`; every figure is in the JSON file beside this page.
Blocks drift (an AR(1) of 0.8 with a deviation of 20 %, which the slots of a block share), each slot
adds noise (3 % unless a column says otherwise), and the functions that decide real experiments
decide these, looks after half and all of the blocks and Holm's correction included. Shares come
with their exact 95 % interval. A margin of zero is the hardest: any difference is better or
worse."""

_ABOUT_COVERAGE = """\
The interval is the one that a decision shows: it allows for the order of the
blocks, and is the union of both where signed-rank and t disagree. Two arms with the same skewed
noise have symmetric differences. Differences that are themselves skewed have a pseudo-median that
is not their mean, and neither interval holds the mean as often as it says."""

_ABOUT_DEPENDENCE = """\
Memory is the share of its own deviation that an arm keeps from block to
block. All columns but the last two have no effect in them, and a margin of zero. Means of two and
of three neighbours do not keep the promise, so decisions estimate the memory and stretch the
interval. The last two columns are its price: how often an effect of 3.6 standard errors is found,
by decisions and by the plain signed-rank test."""


def _false_alarms(rows: list[FalseAlarms]) -> str:
    columns = (
        "experiment",
        "margin:",
        "any arm better or worse:",
        "promised:",
        "",
        "all equivalent:",
        "n:",
    )
    lines = [
        f"| {one.name} | {one.margin:.0%} | **{_share(one.wrong)}** | ≤ {PROMISED_WRONG:.0%} "
        f"| {_mark(one.wrong.share <= PROMISED_WRONG)} | {one.equivalent.share:.1%} "
        f"| {one.wrong.n:,} |"
        for one in rows
    ]
    return table(columns, lines)


def _at_the_margin(rows: list[AtTheMargin]) -> str:
    columns = ("blocks:", "better or worse:", "equivalent:", "promised, each:", "", "n:")
    lines: list[str] = []
    for one in rows:
        kept = max(one.beyond.share, one.equivalent.share) <= PROMISED_WRONG
        lines.append(
            f"| {one.blocks} | {_share(one.beyond)} | {_share(one.equivalent)} "
            f"| ≤ {PROMISED_WRONG:.0%} | {_mark(kept)} | {one.beyond.n:,} |"
        )
    return table(columns, lines)


def _power(rows: list[PlantedEffect]) -> str:
    columns = (
        "effect:",
        "noise of a slot:",
        "arms:",
        "blocks (taken):",
        "margin:",
        "worse:",
        "equivalent:",
        "undecided:",
        "n:",
    )
    lines = [
        f"| {one.effect:+.0%} | {one.noise:.0%} | {one.arms} | {one.blocks} "
        f"({one.blocks_taken:.1f}) | {one.margin:.0%} | **{one.worse.share:.1%}** "
        f"| {one.equivalent.share:.1%} | {one.undecided.share:.1%} | {one.worse.n:,} |"
        for one in rows
    ]
    return table(columns, lines)


def _coverage(rows: list[Coverage]) -> str:
    columns = (
        "noise",
        "blocks:",
        "holds the truth:",
        "promised:",
        "",
        "t beside it:",
        "median width:",
        "n:",
    )
    lines = [
        f"| {one.name} | {one.blocks} | **{_share(one.holds)}** | ≥ {PROMISED_COVERAGE:.0%} "
        f"| {_mark(one.holds.share >= PROMISED_COVERAGE)} | {one.t_holds.share:.1%} "
        f"| {one.width:.3f} | {one.holds.n:,} |"
        for one in rows
    ]
    return table(columns, lines)


def _dependent(rows: list[Dependent]) -> str:
    columns = (
        "memory:",
        "blocks:",
        "better or worse:",
        "with two looks:",
        "plain t:",
        "means of 2:",
        "means of 3:",
        "effect found:",
        "by plain signed-rank:",
        "n:",
    )
    lines = [
        f"| {one.memory:g} | {one.blocks} | **{_share(one.wrong)}** | {_share(one.planned)} "
        f"| {one.plain.share:.1%} | {one.twos.share:.1%} | {one.threes.share:.1%} "
        f"| {one.found.share:.1%} | {one.plain_found.share:.1%} | {one.wrong.n:,} |"
        for one in rows
    ]
    return table(columns, lines)


def _slots(rows: list[SlotPower]) -> str:
    columns = ("effect, in deviations of a slot:", "blocks:", "arms:", "found (p ≤ .05):", "n:")
    lines = [
        f"| {one.effect:g} | {one.blocks} | {one.arms} | {_share(one.found)} | {one.found.n:,} |"
        for one in rows
    ]
    return table(columns, lines)


def _share(one: Rate) -> str:
    return f"{one.share:.1%} ({one.low:.1%} – {one.high:.1%})"


def _mark(kept: bool) -> str:
    return mark(kept, ("kept", "not kept"))
