"""The pictures of an experiment, made from its result and from its slots' runs."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from harness.core.errors import HarnessError
from harness.ledger.experiment import ExperimentPart, Metric
from reports.core import text
from reports.core.types import Floats
from reports.evidence.frame import read_ledger
from reports.evidence.requests import response_ms
from reports.experiments import words
from reports.experiments.result import Comparison, Result
from reports.experiments.slots import BlockSlot, values
from reports.plots.drawing.picture import Picture
from reports.plots.experiments.ecdf import ecdf
from reports.plots.experiments.forest import ForestGroup, ForestRow, forest
from reports.plots.experiments.slots_in_order import BlockCanary, SlotValue, slots_in_order
from reports.plots.experiments.trade_off import (
    Quartiles,
    TradeArm,
    TradeAxis,
    trade_off,
)

AXES_MOST = 3
_LOAD_MEASURE = "load_requests"
_QUANTILE = re.compile(r"_(p\d+|min|max|mean)(?=_|$)")


def arms_in_order(result: Result) -> list[str]:
    """Return the arms as pictures number them: the control, then its rivals."""
    return [result.plan.control, *result.plan.rivals]


def forest_of(result: Result, part: ExperimentPart) -> Picture:
    """Return the differences of all figures of a part."""
    own = [c for c in result.comparisons if c.part == part]
    control = text.one_line(result.plan.control)
    groups = [
        ForestGroup(
            title=f"{text.one_line(metric.title)} · {metric.better} is better",
            limit=math.log1p(metric.margin_percent / 100),
            rows=[_row(result, c) for c in own if c.metric == metric],
        )
        for metric in part.metrics
    ]
    counts = {
        verdict: sum(c.verdict == verdict for c in own if c.decision is not None)
        for verdict in words.VERDICT_GLYPHS
    }
    found = ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n)
    return forest(
        f"Every figure against {control}",
        groups,
        control=control,
        description=f"Each arm's difference to {control} in percent with its interval: {found}. "
        "Where the whole interval lies beyond the shaded margin, an arm is better or worse.",
        rows=[
            ("figure", "arm", "difference", "interval", "verdict"),
            *(_table_row(c) for c in own),
        ],
    )


def response_times(result: Result, part: ExperimentPart) -> dict[str, Floats]:
    """Return every arm's response times in ms over the blocks that count, read from the runs.

    Infinite means that no answer was read. A run without a load, or that cannot be read, adds none.
    """
    found: dict[str, list[Floats]] = {arm: [] for arm in arms_in_order(result)}
    for slot in _slots(result, part):
        if slot.run and not slot.why_not and slot.cell.measures.get(_LOAD_MEASURE):
            found[slot.arm] += _response_ms(slot)
    return {arm: np.concatenate([np.empty(0), *own]) for arm, own in found.items()}


def ecdf_of(result: Result, part: ExperimentPart) -> Picture | None:
    """Return the response times of a part's arms; None where there was no load."""
    times = response_times(result, part)
    return ecdf(times) if any(len(ms) for ms in times.values()) else None


def trade_off_of(result: Result, part: ExperimentPart) -> Picture | None:
    """Return the arms by the first three figures of a part; None where there are not two.

    Another quantile of a figure that is there already would add nothing and is passed over.
    """
    blocks, arms = words.counted_blocks(result), arms_in_order(result)
    medians: list[tuple[Metric, dict[str, Quartiles]]] = []
    seen: set[str] = set()
    for metric in part.metrics:
        stem = _QUANTILE.sub("", metric.measure)
        found = {arm: _quartiles(values(blocks, part.name, arm, metric.measure)) for arm in arms}
        if stem in seen or sum(math.isfinite(q[1]) for q in found.values()) < 2:
            continue
        seen.add(stem)
        medians.append((metric, found))
    medians = medians[:AXES_MOST]
    if len(medians) < 2:
        return None
    return trade_off(
        [TradeAxis(title=metric.title, better=metric.better) for metric, _ in medians],
        [
            TradeArm(
                number=number,
                name=arm,
                figures=[found[arm] for _, found in medians],
                no_winner=arm in result.no_winners,
            )
            for number, arm in enumerate(arms)
        ],
    )


def slots_of(result: Result, part: ExperimentPart) -> Picture:
    """Return the first figure of a part slot by slot, in the order of time."""
    metric, arms = part.metrics[0], arms_in_order(result)
    unsteady = set(result.machine.unsteady)
    return slots_in_order(
        metric.title,
        [
            SlotValue(
                block=number,
                position=slot.position,
                arm=arms.index(slot.arm),
                value=slot.figure(metric.measure),
                counts=not slot.why_not,
                lost=slot.lost + slot.false,
                failed=bool(slot.failed) and slot.cell.gates,
            )
            for number, block in enumerate(result.blocks)
            for slot in block.slots
            if slot.part == part.name
        ],
        [
            BlockCanary(
                number=block.number,
                ms=[1000 * one for one in block.end.canary_s],
                is_unsteady=block.number in unsteady,
            )
            for block in result.blocks
        ],
        arms,
    )


def _slots(result: Result, part: ExperimentPart) -> Iterator[BlockSlot]:
    for block in words.counted_blocks(result):
        yield from (slot for slot in block.slots if slot.part == part.name)


def _response_ms(slot: BlockSlot) -> list[Floats]:
    try:
        load = read_ledger(Path(slot.run)).load
    except (HarnessError, OSError):
        return []  # the picture of the others is worth having
    return [] if load.empty else [response_ms(load)]


def _quartiles(figures: Floats) -> Quartiles:
    known = figures[np.isfinite(figures)]
    if not len(known):
        return math.nan, math.nan, math.nan
    low, middle, high = np.quantile(known, (0.25, 0.5, 0.75))
    return float(low), float(middle), float(high)


def _row(result: Result, comparison: Comparison) -> ForestRow:
    decision, verdict = comparison.decision, comparison.verdict
    shown, css = f"{words.VERDICT_GLYPHS[verdict]} {verdict}", f"forest-{verdict}"
    if comparison.arm in result.no_winners:
        shown, css = f"✗ {words.why_no_winner(result, comparison.arm)}", "forest-worse"
    if decision is not None:
        shown = f"{words.signed(comparison, decision.estimate)} {shown}"
    if comparison.scale == "difference":
        decision = None  # it has no place on an axis of ratios
    return ForestRow(
        arm=arms_in_order(result).index(comparison.arm),
        name=comparison.arm,
        words=shown,
        css=css,
        estimate=None if decision is None else decision.estimate,
        low=math.nan if decision is None else decision.low,
        high=math.nan if decision is None else decision.high,
        blocks=comparison.by_block if comparison.scale == "ratio" else np.empty(0),
        strong=verdict != "undecided",
    )


def _table_row(comparison: Comparison) -> tuple[str, ...]:
    decision = comparison.decision
    begin = (text.one_line(comparison.metric.title), comparison.arm)
    if decision is None:
        return (*begin, "", "", "not looked at")
    interval = words.signed_interval(comparison, decision.low, decision.high)
    return (*begin, words.signed(comparison, decision.estimate), interval, comparison.verdict)
