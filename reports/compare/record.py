"""What a comparison of two stored results holds (docs/compare-schema.md); A is before, B after."""

from __future__ import annotations

from typing import Literal

import msgspec

COMPARE_SCHEMA = 1

Interval = tuple[float | None, float | None]
Outcome = Literal["worse", "undecided", "no difference", "no worse"]
Kind = Literal["suite", "run", "experiment", "baseline"]
FatesReading = Literal["new", "more", "open", "like", "fewer", "gone", "none", "unknown"]
FigureReading = Literal[
    "worse", "better", "within", "apart", "overlap", "higher", "lower", "open", "none"
]
Change = Literal["", "worse", "undecided", "as expected", "changed", "decided", "better"]


class ComparedSide(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two: where it is, what it is, how many cells or complete blocks it has."""

    directory: str
    kind: Kind
    name: str
    started: str
    verdict: str
    reason: str
    cells: int


class EnvironmentDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in which the two differ before anything was measured.

    ``unsafe``: latencies and other figures of such two cannot be compared.
    """

    what: str
    a: str
    b: str
    unsafe: bool = False


class SideFates(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the impressions of one side's ``runs`` that count.

    ``lost`` of ``shown`` impressions are not stored; ``false`` ones are stored twice, altered or
    unshown. ``losing`` of ``visitors`` lost at least one; both are null where they are not known.
    Against a baseline they are runs, of which only facts are kept.
    ``expected``: it was known to lose. ``why_not`` says why nothing counts.
    """

    runs: int
    shown: int
    lost: int
    false: int
    late: int
    visitors: int | None
    losing: int | None
    interval: Interval
    expected: bool = False
    why_not: str = ""


class FatesCompared(msgspec.Struct, frozen=True, kw_only=True):
    """What both lost in one cell, in all seeds of one arm, or in one arm of an experiment.

    ``p`` is the exact chance (Fisher) of at least B's losses if both lose alike and each impression
    is lost apart; ``p_visitors`` is the same with visitors as units. ``new`` impressions are lost
    or false in B and not in A, ``gone`` the other way round, by their ids; null where the two do
    not show the same ones. ``examples`` name up to eight of the new ones.
    """

    scenario: str
    arm: str
    seeds: str
    reading: FatesReading
    a: SideFates
    b: SideFates
    p: float
    p_visitors: float | None = None
    new: int | None = None
    gone: int | None = None
    examples: tuple[str, ...] = ()


class VerdictCompared(msgspec.Struct, frozen=True, kw_only=True):
    """A cell, or an arm of an experiment, whose verdict changed; ``change`` is what B's means."""

    scenario: str
    arm: str
    seeds: str
    change: Change
    a: str
    b: str
    a_reason: str
    b_reason: str


class FindingCompared(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one cell in both; ``change`` is empty where its verdict is the same."""

    scenario: str
    arm: str
    seeds: str
    check: str
    change: Change
    a: str
    b: str
    a_measured: float | None
    b_measured: float | None
    a_interval: Interval | None
    b_interval: Interval | None
    a_target: float | None
    b_target: float | None
    unit: str
    a_summary: str
    b_summary: str


class FigureCompared(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of both.

    ``reading`` is ``apart`` or ``overlap`` of two single runs' own 95 % intervals; ``higher``,
    ``lower`` or ``open`` where an interval of B's difference to A, in percent, was found; ``none``
    without any interval, and ``note`` says why. Against a baseline it is ``worse`` or ``better``
    where B lies outside what the baseline's suites predict, else ``within``; ``a`` is their median,
    ``a_interval`` their range. ``units`` are the seeds, blocks or suites behind it.
    """

    scenario: str
    arm: str
    seeds: str
    figure: str
    reading: FigureReading
    a: float | None
    b: float | None
    a_interval: Interval | None = None
    b_interval: Interval | None = None
    units: int = 1
    difference_percent: float | None = None
    low_percent: float | None = None
    high_percent: float | None = None
    t_low_percent: float | None = None
    t_high_percent: float | None = None
    level: float | None = None
    note: str = ""


class ComparedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All that a comparison found, in the order in which it is read."""

    schema: int = COMPARE_SCHEMA
    outcome: Outcome
    sentence: str
    a: ComparedSide
    b: ComparedSide
    environment: tuple[EnvironmentDifference, ...]
    unsafe: str
    common: int
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    fates: tuple[FatesCompared, ...]
    verdicts: tuple[VerdictCompared, ...]
    findings: tuple[FindingCompared, ...]
    figures: tuple[FigureCompared, ...]
    drift: str = ""
