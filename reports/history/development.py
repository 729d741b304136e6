"""How a figure developed: changes within one environment, suspicions, and the machine's share."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from harness.ledger.history.facts import CellFacts
from reports.core.types import Floats, Ints
from reports.history.figures import stem_of, way_of
from reports.history.nights import DECIDED, boundaries_of, stretches, values_of
from reports.history.record import ChangeRecord, Night, SeriesState, SeriesTrend, Since
from reports.statistics.history.canary import without_machine
from reports.statistics.history.changes import Change, changes
from reports.statistics.history.surprise import BEFORE_MIN, Surprise, suspect

NEAR = 1
"""A change of the canary within this many nights of a figure's is the same event."""
WITHDRAWN_NIGHTS = 3
"""For how many nights a suspicion that came to nothing is still mentioned."""


def series_of(
    key: tuple[str, str],
    figure: str,
    cells: Sequence[Sequence[CellFacts]],
    nights: Sequence[Night],
    machine: Sequence[ChangeRecord],
) -> SeriesTrend | None:
    """Return how a figure of one cell developed, None where no night has it.

    ``machine`` are the canary's changes.
    """
    values = values_of(cells, figure)
    known = np.isfinite(values)
    if not known.any():
        return None
    boundaries = boundaries_of(nights, cells)
    found: list[ChangeRecord] = []
    state: SeriesState = "no figure"
    suspicion: ChangeRecord | None = None
    canary_r: float | None = None
    is_positive = bool((values[known] > 0).all())
    for stretch in stretches(len(nights), boundaries) if is_positive else []:
        places = np.array([n for n in stretch if known[n]], dtype=np.int64)
        logs = np.log(values[places])
        canary = np.array([math.log(nights[n].canary_ms or math.nan) for n in places])
        followed = without_machine(logs, canary)
        if followed is not None:
            logs = followed.values
        canary_r = followed.r if followed is not None else None
        own = _records(figure, changes(logs), places, values)
        own = [_with_machine(one, machine) if followed is None else one for one in own]
        found += own
        state, suspicion = _now(figure, logs, places, values, own, machine)
    last = next((c for own in reversed(cells) for c in own if c.verdict in DECIDED), None)
    return SeriesTrend(
        scenario=key[0],
        arm=key[1],
        figure=figure,
        state=state,
        values=tuple(float(v) if ok else None for v, ok in zip(values, known, strict=True)),
        samples=last.samples.get(stem_of(figure)) if last else None,
        changes=tuple(reversed(found)),
        suspicion=suspicion,
        canary_r=canary_r,
        boundaries=boundaries,
    )


def canary_changes(nights: Sequence[Night]) -> tuple[ChangeRecord, ...]:
    """Return the changes of the canary itself, within one environment each."""
    values = np.array([night.canary_ms or math.nan for night in nights], dtype=np.float64)
    found: list[ChangeRecord] = []
    boundaries = [number for number, night in enumerate(nights) if night.boundary]
    for stretch in stretches(len(nights), boundaries):
        places = np.array([n for n in stretch if np.isfinite(values[n])], dtype=np.int64)
        logs = np.log(values[places])
        found += _records("canary_ms", changes(logs), places, values)
        late = suspect(logs) if len(logs) else None
        if late is not None and not any(one.since.after >= places[-1] for one in found):
            found.append(_suspicion("canary_ms", late, places, values))
    return tuple(found)


def _now(
    figure: str,
    logs: Floats,
    places: Ints,
    values: Floats,
    own: Sequence[ChangeRecord],
    machine: Sequence[ChangeRecord],
) -> tuple[SeriesState, ChangeRecord | None]:
    """Return the state of the nights since the last boundary, and their suspicion."""
    if not len(places):
        return "no figure", None
    level = int(np.searchsorted(places, own[-1].since.after)) if own else 0
    late = suspect(logs[level:])
    if late is not None:
        record = _with_machine(_suspicion(figure, late, places[level:], values), machine)
        return ("machine" if record.machine else "suspect"), record
    if own:
        return ("machine" if own[-1].machine else "changed"), None
    if len(places) <= BEFORE_MIN:
        return "short", None
    for back in range(1, min(WITHDRAWN_NIGHTS, len(places) - 1) + 1):
        before = suspect(logs[:-back])
        if before is not None:
            return "withdrawn", _suspicion(figure, before, places[:-back], values)
    return "steady", None


def _records(
    figure: str, found: Sequence[Change], places: Ints, values: Floats
) -> list[ChangeRecord]:
    edges = [0, *(one.at for one in found), len(places)]
    return [
        ChangeRecord(
            since=Since(before=int(places[one.at - 1]), after=int(places[one.at])),
            earliest=int(places[one.earliest]),
            latest=int(places[one.latest]),
            way=way_of(figure, one.difference),
            percent=_percent(one.difference),
            interval=(_percent(one.low), _percent(one.high)),
            before=float(np.median(values[places[edges[number] : one.at]])),
            after=float(np.median(values[places[one.at : edges[number + 2]]])),
            p=one.p,
        )
        for number, one in enumerate(found)
    ]


def _suspicion(figure: str, one: Surprise, places: Ints, values: Floats) -> ChangeRecord:
    at = len(places) - one.newest
    return ChangeRecord(
        since=Since(before=int(places[at - 1]), after=int(places[at])),
        earliest=int(places[at]),
        latest=int(places[at]),
        way=way_of(figure, one.difference),
        percent=_percent(one.difference),
        interval=(_percent(one.low), _percent(one.high)),
        before=float(np.median(values[places[:at]])),
        after=float(np.median(values[places[at:]])),
        p=one.p,
    )


def _with_machine(one: ChangeRecord, machine: Sequence[ChangeRecord]) -> ChangeRecord:
    """Return the change, marked where the canary changed at the same time and the same way."""
    near = [
        other
        for other in machine
        if abs(other.since.after - one.since.after) <= NEAR
        and (other.percent > 0) == (one.percent > 0)
    ]
    if not near:
        return one
    return replace(one, machine=True)


def _percent(difference: float) -> float:
    return 100 * math.expm1(difference)
