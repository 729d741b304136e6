"""Witnesses: all reported to the end, and every fault was felt."""

from __future__ import annotations

import pandas as pd

from harness.ledger.kinds.client import RecorderEvent, RecorderLeftOut, Unrecognised
from harness.ledger.kinds.database import Final, Poll
from harness.ledger.kinds.network import (
    ChangeStart,
    FaultStart,
    Quiet,
    SentinelBitten,
    SentinelUnharmed,
    ServerKilled,
    Unquiet,
)
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check
from reports.core.kinds import is_kind, of_kind
from reports.evidence.evidence import Evidence
from reports.evidence.exchange.contradictions import contradictions
from reports.evidence.exchange.kinds_due import kinds_due
from reports.evidence.exchange.rows_twice import rows_twice
from reports.evidence.fates import shown_views
from reports.evidence.frame import LedgerFrames
from reports.verdict.verdict import Finding

BLIND_S_MAX = 15.0
"""A row may come and go unseen between two polls that are so far apart."""


@check(always=True, instrument=True)
def witnesses_whole(evidence: Evidence) -> Finding:
    """The run is complete, no witness file lost anything or holds a row twice, no kind of rows is
    missing that others demand, the final read was at rest, and every fault and every change of a
    page was felt: one that had no effect proves nothing.

    Of a target without a database or a page's events, their witnesses are not missed.
    """
    ledger = evidence.ledger
    gaps = [*_broken_off(ledger), *ledger.gaps]
    if Capability.PAGE_EVENTS in evidence.capabilities:
        gaps += _silent_pages(ledger)
    gaps += contradictions(ledger)
    gaps += [one.words for one in (*kinds_due(ledger), *rows_twice(ledger))]
    gaps += [*_unexplained_deaths(ledger), *_unfelt_faults(ledger)]
    if Capability.DATABASE in evidence.capabilities:
        gaps += [*_unquiet_read(evidence), *_unpolled(ledger)]
    polls, _ = _polls(ledger)
    figures = Figures(n=polls)
    if gaps:
        return figures.undecided("; ".join(gaps))
    rows = sum(len(f) for f in (ledger.viewer, ledger.client, ledger.load, ledger.database))
    return figures.passed(f"every witness file is whole ({rows} rows, {polls} polls of the table)")


def _broken_off(ledger: LedgerFrames) -> list[str]:
    """Return a gap when the run ended otherwise than complete."""
    if not ledger.end or ledger.end.status == "complete":
        return []
    return [f"the run is {ledger.end.status}: {ledger.end.reason}"]


def _unquiet_read(evidence: Evidence) -> list[str]:
    """Return a gap when the final read is missing, or the system was not quiet before it."""
    network = evidence.ledger.network
    if not evidence.fates.decided:
        return ["there was no final read of the table"]
    unquiet = of_kind(network, Unquiet)
    if len(unquiet):
        return [f"no quiescence before the final read: {unquiet['detail'].iloc[-1]}"]
    if not is_kind(network, Quiet).any():
        return ["quiescence before the final read was not checked"]
    return []


def _unpolled(ledger: LedgerFrames) -> list[str]:
    """Return a gap when the table was not polled, or not for too long."""
    polls, blind_s = _polls(ledger)
    if polls == 0:
        return ["the table was never polled, so a vanished row would not be noticed"]
    return [f"the table was not polled for {blind_s:.0f} s"] if blind_s > BLIND_S_MAX else []


def _polls(ledger: LedgerFrames) -> tuple[int, float]:
    """Return how many polls there were before the final read, and the longest time without (s)."""
    database = ledger.database
    finals = of_kind(database, Final)["mono_ns"]
    polls = of_kind(database, Poll)["mono_ns"]
    shown = shown_views(ledger)["mono_ns"]
    if finals.empty:
        return len(polls), 0.0
    polls = polls[polls < finals.max()]
    since = polls[polls >= shown.min()] if len(shown) else polls
    looked = pd.concat([shown.nsmallest(1), since, finals.nlargest(1)]).sort_values()
    return len(polls), float(looked.diff().max()) / 1e9 if len(looked) > 1 else 0.0


def _silent_pages(ledger: LedgerFrames) -> list[str]:
    """Return a gap for every tab that showed something and whose recorder reported nothing."""
    shown = set(shown_views(ledger)["tab"].unique())
    reports = of_kind(ledger.client, RecorderEvent, Unrecognised, RecorderLeftOut)
    heard = set(reports["tab"].unique())
    heard |= set(ledger.load["tab"].unique())
    return [f"the page of tab {tab} reported nothing" for tab in sorted(shown - heard)]


def _unexplained_deaths(ledger: LedgerFrames) -> list[str]:
    """Return a gap when more of the server's lives lack an end than were killed on purpose."""
    killed = int(is_kind(ledger.network, ServerKilled).sum())
    unexplained = len(ledger.killed_lifetimes) - killed
    if unexplained <= 0:
        return []
    return [f"{unexplained} of the server's lives have no end in the receipts"]


def _unfelt_faults(ledger: LedgerFrames) -> list[str]:
    """Return a gap for every fault or change whose sentinel saw no effect, or did not run."""
    network = ledger.network
    unharmed = of_kind(network, SentinelUnharmed)
    held = set(of_kind(network, FaultStart, ChangeStart)["fault"])
    checked = set(of_kind(network, SentinelBitten, SentinelUnharmed)["fault"])
    return [
        *(f"{fault} had no effect" for fault in sorted(set(unharmed["fault"]))),
        *(f"no sentinel checked the effect of {fault}" for fault in sorted(held - checked)),
    ]
