"""Alerts: the one whose condition was caused fires in time and ends in time, and no other fires."""

from __future__ import annotations

import pandas as pd

from harness.ledger.kinds import ALERTS
from harness.ledger.kinds.alerts import (
    AlertConditionOver,
    AlertExpected,
    AlertFiring,
    AlertResolved,
    AlertSent,
    AlertsWatched,
)
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.evidence.evidence import Evidence
from reports.verdict.verdict import Finding

UNKNOWN = "Unknown"
"""How the names of alerts on missing figures end."""


@check(rests_on={ALERTS.name})
def alert_fired(
    evidence: Evidence, *, within_s: float, resolved_within_s: float, also: str = ""
) -> Finding:
    """The alert that was caused fires within ``within_s`` of its condition's beginning, reaches
    Alertmanager, and is resolved within ``resolved_within_s`` of its end; but for those that
    ``also`` names no other alert fires.

    An alert on missing figures that was not caused leaves it undecided: a scrape that a busy
    machine delays looks the same as a server that shows nothing.
    """
    alerts = evidence.ledger.alerts
    expected = of_kind(alerts, AlertExpected)
    watched = of_kind(alerts, AlertsWatched)
    if expected.empty:
        return no_evidence("no alert's condition was caused")
    if watched.empty or not (watched["polls"].min() > 0 and watched["rules"].min() > 0):
        return no_evidence("Prometheus was not asked, or had no rule that it could evaluate")
    name, began_ns = str(expected["alert"].iloc[0]), int(expected["mono_ns"].iloc[0])
    figures = Figures(target=within_s, unit="s", n=1)
    firing = of_kind(alerts, AlertFiring)
    stray = sorted(set(firing["alert"]) - {name, *also.split(",")})
    since = set(firing.loc[firing["mono_ns"] >= began_ns, "alert"])
    # Before the first scrape every figure is missing.
    stray = [other for other in stray if other in since or not other.endswith(UNKNOWN)]
    if missing := [other for other in stray if other.endswith(UNKNOWN)]:
        return figures.undecided(
            f"Prometheus lacked figures: {', '.join(missing)} fired", examples=missing
        )
    if stray:
        return figures.failed(f"{', '.join(stray)} fired too", examples=stray)
    first_ns = _first(firing, name, since_ns=0)
    if first_ns is None:
        return figures.failed(f"{name} did not fire")
    took_s = (first_ns - began_ns) / 1e9
    figures = Figures(measured=took_s, target=within_s, unit="s", n=1)
    if took_s < 0:
        return figures.failed(f"{name} fired {-took_s:.1f} s before its condition began")
    if took_s > within_s:
        return figures.failed(f"{name} fired after {took_s:.1f} s")
    if _first(of_kind(alerts, AlertSent), name, since_ns=began_ns) is None:
        return figures.failed(f"{name} fired, and Alertmanager never had it")
    over_ns = _first(of_kind(alerts, AlertConditionOver), name, since_ns=began_ns)
    if over_ns is None:
        return figures.undecided(f"{name} fired after {took_s:.1f} s; its condition did not end")
    ended_ns = _first(of_kind(alerts, AlertResolved), name, since_ns=first_ns)
    if ended_ns is None:
        return figures.failed(f"{name} fired after {took_s:.1f} s and was never resolved")
    ended_s = max(0.0, (ended_ns - over_ns) / 1e9)
    sentence = f"{name} fired after {took_s:.1f} s and was resolved {ended_s:.1f} s after its cause"
    return (figures.failed if ended_s > resolved_within_s else figures.passed)(sentence)


def _first(rows: pd.DataFrame, alert: str, *, since_ns: int) -> int | None:
    """Return when a row of this alert was first written, no earlier than that; None if never."""
    found = rows[(rows["alert"] == alert) & (rows["mono_ns"] >= since_ns)]
    return None if found.empty else int(found["mono_ns"].min())
