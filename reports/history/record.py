"""What a trend holds (docs/trend-schema.md): how cells, fates and figures developed.

A night is one suite of the history; nights are counted from 0 in the order of their starts.
"""

from __future__ import annotations

from typing import Literal

import msgspec

TREND_SCHEMA = 1

Interval = tuple[float | None, float | None]
Way = Literal["worse", "better", "changed"]
SeriesState = Literal["changed", "suspect", "withdrawn", "machine", "steady", "short", "no figure"]
FateState = Literal["broken", "again", "known", "fixed"]
CellState = Literal["new", "known", "flaky", "fixed", "passing", "expected", "undecided", "absent"]


class Night(msgspec.Struct, frozen=True, kw_only=True):
    """One suite: its digest, start, the revision that was tried, its verdict.

    ``canary_ms`` is the median of its canaries, None where none was timed; ``boundary`` says what
    of the environment differs from the night before, as ``what: before → after``.
    """

    digest: str
    started: str
    revision: str
    verdict: str
    interrupted: bool = False
    canary_ms: float | None = None
    boundary: tuple[str, ...] = ()


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """When something began: the last night without it, and the first night with it.

    ``before`` is None where the history does not reach back to a night without it.
    """

    before: int | None
    after: int


class CellTrend(msgspec.Struct, frozen=True, kw_only=True):
    """How a cell (scenario and arm, all seeds) did: ``failed`` of ``n`` decided nights.

    The rate is that of the nights since the environment last changed, ``interval`` its exact 95 %
    interval. ``nights`` has a letter for every night: ``p`` passed, ``f`` failed, ``e`` failed as
    expected, ``u`` undecided, ``-`` not run, blank where it was not planned.
    """

    scenario: str
    arm: str
    matrix: str
    state: CellState
    failed: int
    n: int
    interval: Interval
    flips: int
    since: Since | None
    reason: str
    nights: str


class FateTrend(msgspec.Struct, frozen=True, kw_only=True):
    """A harmful fate of a cell: ``impressions`` of ``shown`` in the last night that had it.

    ``broken``: it began and no decided night before had it; ``again``: nights before had it too,
    with others between; ``known``: every decided night had it; ``fixed``: the last decided night,
    or more, did not. ``expected``: the cell is known to lose.
    """

    scenario: str
    arm: str
    fate: str
    state: FateState
    impressions: int
    shown: int
    nights: int
    n: int
    since: Since
    expected: bool


class ChangeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a figure's level: when, by how many percent with 95 % interval, and how sure.

    ``earliest`` and ``latest`` bound the first night with it. ``machine``: the canary changed at
    the same time and the same way, so the machine may have changed and not what was tried.
    """

    since: Since
    earliest: int
    latest: int
    way: Way
    percent: float
    interval: Interval
    before: float
    after: float
    p: float
    machine: bool = False


class SeriesTrend(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of a cell, night by night (the median of its seeds; null where there is none).

    ``state`` is that of the nights since the environment last changed: ``changed`` has a change
    that is confirmed, ``suspect`` one or two nights that do not fit, ``withdrawn`` had such nights
    and they came back, ``machine`` changed with the canary, ``steady`` neither, ``short`` fewer
    than six nights. ``changes`` are those of all nights, newest first; ``suspicion`` is the one of
    the last nights. ``canary_r`` is set where the machine's part was taken out.
    """

    scenario: str
    arm: str
    figure: str
    state: SeriesState
    values: tuple[float | None, ...]
    samples: int | None
    changes: tuple[ChangeRecord, ...] = ()
    suspicion: ChangeRecord | None = None
    canary_r: float | None = None
    boundaries: tuple[int, ...] = ()


class TrendRecord(msgspec.Struct, frozen=True, kw_only=True):
    """How a suite developed. ``troubles`` name what of the history could not be read.

    ``by_chance`` is how many changes are expected among series that have none.
    """

    schema: int = TREND_SCHEMA
    suite: str
    sentence: str
    nights: tuple[Night, ...]
    fates: tuple[FateTrend, ...]
    cells: tuple[CellTrend, ...]
    series: tuple[SeriesTrend, ...]
    canary: tuple[ChangeRecord, ...]
    by_chance: float
    troubles: tuple[str, ...] = ()
