"""Alerts: those whose condition was caused fire in time, reach their receivers and end in time, and
no other fires."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from harness.ledger.kinds import ALERTS
from harness.ledger.kinds.monitoring.alerts import (
    AlertConditionOver,
    AlertExpected,
    AlertFiring,
    AlertNotified,
    AlertResolved,
    AlertSent,
    AlertsQuiet,
    AlertsWatched,
    ReceiversAnswer,
)
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.evidence.evidence import Evidence
from reports.verdict.verdict import Finding

FIRING = "firing"
SLOW, SLOW_S = "BatchesSlow", 0.2
"""The alert on slow batches, and its bound."""
UNKNOWN = "Unknown"
"""How the names of alerts on missing figures end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """One alert whose condition was caused: when what happened to it, ns of CLOCK_MONOTONIC."""

    alert: str
    began_ns: int
    fired_ns: int | None
    sent_ns: int | None
    over_ns: int | None
    ended_ns: int | None

    @property
    def took_s(self) -> float:
        """Return how long after the condition's beginning it fired, negative before it."""
        return ((self.fired_ns or self.began_ns) - self.began_ns) / 1e9

    @property
    def ended_s(self) -> float:
        """Return how long after the condition's end it was resolved."""
        return max(0.0, ((self.ended_ns or 0) - (self.over_ns or 0)) / 1e9)


@check(rests_on={ALERTS.name})
def alert_fired(
    evidence: Evidence,
    *,
    within_s: float,
    resolved_within_s: float,
    not_before_s: float = 0.0,
    also: str = "",
) -> Finding:
    """Each alert that was caused fires within ``within_s`` of its condition's beginning and not
    before ``not_before_s``, reaches Alertmanager, and is resolved within ``resolved_within_s`` of
    its end; but for those that ``also`` names no other alert fires, once Prometheus had found that
    no rule holds.

    An alert on missing figures that was not caused leaves it undecided: a scrape that a busy
    machine delays looks the same as a server that shows nothing. So does one on slow batches, where
    clients waited that long for one.
    """
    alerts = evidence.ledger.alerts
    expected = of_kind(alerts, AlertExpected)
    if expected.empty:
        return no_evidence("no alert's condition was caused")
    watched = of_kind(alerts, AlertsWatched)
    if watched.empty or not (watched["polls"].min() > 0 and watched["rules"].min() > 0):
        return no_evidence("Prometheus was not asked, or had no rule that it could evaluate")
    quiet = of_kind(alerts, AlertsQuiet)
    if quiet.empty:
        return _never_quiet(alerts)
    quiet_ns = int(quiet["mono_ns"].min())
    courses = [_course(alerts, str(name), quiet_ns) for name in sorted(set(expected["alert"]))]
    figures = Figures(target=within_s, unit="s", n=len(courses))
    names = {one.alert for one in courses}
    firing = of_kind(alerts, AlertFiring)
    stray = sorted(
        set(firing.loc[firing["mono_ns"] >= quiet_ns, "alert"]) - names - {*also.split(",")}
    )
    if missing := [other for other in stray if other.endswith(UNKNOWN)]:
        return figures.undecided(
            f"Prometheus lacked figures: {', '.join(missing)} fired", examples=missing
        )
    if stray == [SLOW] and (waited_s := _longest_wait_s(evidence.ledger.load)) >= SLOW_S:
        return figures.undecided(f"{SLOW} fired too, and a client waited {waited_s:.2f} s")
    if stray:
        return figures.failed(f"{', '.join(stray)} fired too", examples=stray)
    worst = max((one.took_s for one in courses if one.fired_ns is not None), default=None)
    figures = Figures(measured=worst, target=within_s, unit="s", n=len(courses))
    bounds = (not_before_s, within_s, resolved_within_s)
    if wrong := [words for one in courses if (words := _wrong(one, *bounds))]:
        return figures.failed("; ".join(wrong), examples=wrong)
    last = max(one.ended_s for one in courses)
    what = courses[0].alert if len(courses) == 1 else f"each of {len(courses)} alerts"
    fired = f"{what} fired after {'up to ' * (len(courses) > 1)}{worst:.1f} s"
    if endless := [one.alert for one in courses if one.over_ns is None]:
        return figures.undecided(f"{fired}; the condition of {', '.join(endless)} did not end")
    return figures.passed(f"{fired} and was resolved {last:.1f} s after its cause")


@check(rests_on={ALERTS.name})
def alert_notified(evidence: Evidence, *, receivers: str) -> Finding:
    """Of each alert that was caused, and of its end, exactly the ``receivers`` are notified, names
    with commas between them."""
    alerts = evidence.ledger.alerts
    expected = of_kind(alerts, AlertExpected)
    if expected.empty:
        return no_evidence("no alert's condition was caused")
    if of_kind(alerts, ReceiversAnswer).empty:
        return no_evidence("no receiver of notifications listened")
    began_ns = int(expected["mono_ns"].min())
    sent = of_kind(alerts, AlertNotified)
    sent = sent[sent["mono_ns"] >= began_ns]
    wanted, wrong = set(receivers.split(",")), list[str]()
    names = sorted(map(str, set(expected["alert"])))
    firing = of_kind(alerts, AlertFiring)
    for name in names:
        if _first(firing, name, since_ns=began_ns) is None:
            return no_evidence(f"{name} did not fire, so there was nothing to notify of")
        own = sent[sent["alert"] == name]
        # What ended before is another end. Prometheus is asked now and then: a notification may
        # come before its answer.
        first_ns = _first(own[own["state"] == FIRING], name, since_ns=began_ns) or began_ns
        own = own[own["mono_ns"] >= first_ns]
        for state in (FIRING, "resolved"):
            heard = set(own.loc[own["state"] == state, "receiver"])
            wrong += [f"{name} {state}: {one} was not notified" for one in sorted(wanted - heard)]
            wrong += [f"{name} {state}: {one} was notified" for one in sorted(heard - wanted)]
    figures = Figures(measured=len(wrong), target=0, unit="notifications", n=len(sent))
    if wrong:
        return figures.failed("; ".join(wrong[:3]), examples=wrong)
    return figures.passed(f"{receivers} heard of {', '.join(names)} and of the end")


def _longest_wait_s(load: pd.DataFrame) -> float:
    """Return how long a client waited for an answer at most."""
    return 0.0 if load.empty else float((load["done_ns"] - load["sent_ns"]).max()) / 1e9


def _never_quiet(alerts: pd.DataFrame) -> Finding:
    """Return what it means that a rule held all the time, from before anything was caused."""
    fired = sorted(set(of_kind(alerts, AlertFiring)["alert"]))
    if early := [name for name in fired if not name.endswith(UNKNOWN)]:
        words = f"{', '.join(early)} fired before anything was caused"
        return Figures(n=len(early)).failed(words, examples=early)
    return no_evidence("Prometheus never evaluated its rules without one that held")


def _course(alerts: pd.DataFrame, name: str, quiet_ns: int) -> _Course:
    began_ns = _first(of_kind(alerts, AlertExpected), name, since_ns=0)
    assert began_ns is not None
    fired_ns = _first(of_kind(alerts, AlertFiring), name, since_ns=quiet_ns)
    since_ns = began_ns if fired_ns is None else fired_ns
    return _Course(
        alert=name,
        began_ns=began_ns,
        fired_ns=fired_ns,
        sent_ns=_first(of_kind(alerts, AlertSent), name, since_ns=quiet_ns),
        over_ns=_first(of_kind(alerts, AlertConditionOver), name, since_ns=began_ns),
        ended_ns=_first(of_kind(alerts, AlertResolved), name, since_ns=since_ns),
    )


def _wrong(one: _Course, not_before_s: float, within_s: float, resolved_within_s: float) -> str:
    """Return what an alert did that it must not, or did not; empty where it did as it must."""
    if one.fired_ns is None:
        return f"{one.alert} did not fire"
    if one.took_s < 0:
        return f"{one.alert} fired {-one.took_s:.1f} s before its condition began"
    if one.took_s < not_before_s:
        return f"{one.alert} fired after {one.took_s:.1f} s, before {not_before_s:g} s"
    if one.took_s > within_s:
        return f"{one.alert} fired after {one.took_s:.1f} s"
    if one.sent_ns is None:
        return f"{one.alert} fired, and Alertmanager never had it"
    if one.over_ns is None:
        return ""
    if one.ended_ns is None:
        return f"{one.alert} fired after {one.took_s:.1f} s and was never resolved"
    if one.ended_s > resolved_within_s:
        return f"{one.alert} was resolved {one.ended_s:.1f} s after its cause"
    return ""


def _first(rows: pd.DataFrame, alert: str, *, since_ns: int) -> int | None:
    """Return when a row of this alert was first written, no earlier than that; None if never."""
    found = rows[(rows["alert"] == alert) & (rows["mono_ns"] >= since_ns)]
    return None if found.empty else int(found["mono_ns"].min())
