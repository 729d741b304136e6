"""The alerts of a run as lanes: their condition, pending, firing, who was notified and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from harness.ledger.kinds.base import name_of
from harness.ledger.kinds.monitoring.alerts import (
    AlertConditionOver,
    AlertExpected,
    AlertFiring,
    AlertNotified,
    AlertNotPending,
    AlertPending,
    AlertResolved,
    AlertsQuiet,
)
from reports.evidence.faults import FaultSpan
from reports.evidence.frame import LedgerFrames
from reports.plots.drawing.marks import Bars, Mark, Moment, Moments, Points, Words
from reports.plots.drawing.panels import Panel, draw
from reports.plots.drawing.picture import Picture, no_data, seconds

TITLE = "The alerts, a lane each"
_PITCH = 31.0
_CONDITION, _STATE, _NOTIFIED = 0.14, 0.5, 0.86
"""Where in a lane its parts have their middle, from its top."""
_OF_PROMETHEUS = [
    name_of(kind) for kind in (AlertPending, AlertNotPending, AlertFiring, AlertResolved)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLife:
    """One alert: spans and moments in seconds since the run's start."""

    alert: str
    caused: tuple[tuple[float, float], ...]
    pending: tuple[tuple[float, float], ...]
    firing: tuple[tuple[float, float], ...]
    notified: tuple[tuple[float, str, str], ...]
    """When, who, and of which state."""


def alert_lives(ledger: LedgerFrames) -> list[AlertLife]:
    """Return the alerts of which anything was seen, those that were caused first."""
    rows = ledger.alerts.assign(at_s=ledger.seconds(ledger.alerts["mono_ns"]))
    end_s = float(rows["at_s"].max()) if len(rows) else 0.0
    named = rows[rows["alert"].notna()].sort_values("mono_ns")
    lives = [_life(str(alert), own, end_s) for alert, own in named.groupby("alert", sort=True)]
    return sorted(lives, key=lambda life: (not life.caused, life.alert))


def _life(alert: str, rows: pd.DataFrame, end_s: float) -> AlertLife:
    sent = rows[rows["kind"] == name_of(AlertNotified)]
    states = rows[rows["kind"].isin(_OF_PROMETHEUS)]
    notified = zip(sent["at_s"], sent["receiver"], sent["state"], strict=True)
    condition = (name_of(AlertExpected), name_of(AlertConditionOver))
    return AlertLife(
        alert=alert,
        caused=tuple(_spans(rows[rows["kind"].isin(condition)], condition[0], end_s)),
        pending=tuple(_spans(states, name_of(AlertPending), end_s)),
        firing=tuple(_spans(states, name_of(AlertFiring), end_s)),
        notified=tuple((float(at_s), str(who), str(state)) for at_s, who, state in notified),
    )


def _spans(rows: pd.DataFrame, kind: str, end_s: float) -> Iterator[tuple[float, float]]:
    """Yield from each row of a kind to the row after it."""
    times = [float(at_s) for at_s in rows["at_s"]]
    for place, found in enumerate(rows["kind"]):
        if found == kind:
            yield times[place], times[place + 1] if place + 1 < len(times) else end_s


def alerts_over_time(
    lives: Sequence[AlertLife], quiet_s: float | None, faults: Sequence[FaultSpan]
) -> Picture:
    """Draw a lane for each alert; ``quiet_s`` is when no rule held for the first time."""
    if not lives:
        return no_data(TITLE, "Prometheus reported no alert")
    marks: list[Mark] = [
        _bars(lives, "caused", _CONDITION, 0.1, "fault-bar", "its condition is caused"),
        _bars(lives, "pending", _STATE, 0.2, "tab-hidden", "pending"),
        _bars(lives, "firing", _STATE, 0.44, "tab-visible", "firing"),
        _notified(lives, "firing", "flush-failed", "triangle", "a receiver is notified"),
        _notified(lives, "resolved", "flush-answered", "circle", "and of its end"),
        *(
            Words(value=row + _STATE, label=life.alert, css="lane")
            for row, life in enumerate(lives)
        ),
    ]
    if quiet_s is not None:
        marks.append(Moments(moments=[Moment(quiet_s, "no rule holds", "restore")]))
    return draw(
        TITLE,
        " ".join(_sentence(life) for life in lives),
        [Panel(lanes=[""] * len(lives), height=len(lives) * _PITCH + 4, marks=marks)],
        faults,
        rows=_table(lives),
    )


def quiet_s(ledger: LedgerFrames) -> float | None:
    """Return when no rule held for the first time, seconds since the run's start."""
    rows = ledger.alerts[ledger.alerts["kind"] == name_of(AlertsQuiet)]
    return float(ledger.seconds(rows["mono_ns"]).min()) if len(rows) else None


def _bars(
    lives: Sequence[AlertLife], what: str, middle: float, share: float, css: str, key: str
) -> Mark:
    spans = [
        (start_s, row + middle - share / 2, end_s, row + middle + share / 2)
        for row, life in enumerate(lives)
        for start_s, end_s in getattr(life, what)
    ]
    return Bars(spans=spans, css=css, key=key)


def _notified(lives: Sequence[AlertLife], state: str, css: str, shape: str, key: str) -> Mark:
    places = [
        (at_s, row + _NOTIFIED)
        for row, life in enumerate(lives)
        for at_s, _, sent in life.notified
        if sent == state
    ]
    at_s, values = zip(*places, strict=True) if places else ((), ())
    return Points("", at_s, values, css=css, shape=shape, size=7, key=key)


def _sentence(life: AlertLife) -> str:
    words = [
        f"{what} from {seconds(start_s)} s to {seconds(end_s)} s"
        for what, spans in (
            ("caused", life.caused),
            ("pending", life.pending),
            ("firing", life.firing),
        )
        for start_s, end_s in spans
    ]
    return f"{life.alert}: {', '.join(words) or 'notified of'}."


def _table(lives: Sequence[AlertLife]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("alert", "what", "from s", "to s")]
    for life in lives:
        for what in ("caused", "pending", "firing"):
            spans = getattr(life, what)
            rows += [(life.alert, what, seconds(start), seconds(end)) for start, end in spans]
        rows += [
            (life.alert, f"{who} notified: {state}", seconds(at_s), "")
            for at_s, who, state in life.notified
        ]
    return rows
