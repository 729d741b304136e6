"""Tabs and their visibility: opened under ids of their own, hidden and shown again."""

from __future__ import annotations

import itertools

import pandas as pd

from harness.ledger.kinds.client import TabClosed, TabOpened, VisibilityChanged
from harness.ledger.kinds.server import BatchReceipt
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.frame import id_counts
from reports.evidence.pages import (
    answers_to,
    batch_receipts,
    batches_in,
    reason_of,
)
from reports.verdict.verdict import Finding

_ORIGIN = "time origin"


@check(needs={Capability.PAGE})
def tabs_distinct(evidence: Evidence, *, tabs: float) -> Finding:
    """``tabs`` tabs were opened, each under an id of its own, and closed under one of its own.

    The id changes with every load: a reloaded tab that took another's shows when both are closed.
    """
    client = evidence.ledger.client
    opened, closed = (of_kind(client, kind)["tab"] for kind in (TabOpened, TabClosed))
    ids = opened.nunique()
    figures = Figures(measured=ids, target=tabs, unit="tabs", n=len(opened))
    for when, rows in (("opened", opened), ("closed", closed)):
        if rows.nunique() != len(rows):
            return figures.failed(f"{len(rows)} tabs {when} share {rows.nunique()} ids")
    if len(opened) != tabs or ids == 0:
        return figures.undecided(f"{len(opened)} of {tabs:.0f} tabs were opened")
    return figures.passed(f"{ids} tabs, {ids} ids")


@check(needs={Capability.PAGE_EVENTS})
def events_from_browser(evidence: Evidence, *, event: str, least: float) -> Finding:
    """Pages received ``least`` events (visibility, pagehide, pageshow), all from the browser."""
    client = evidence.ledger.client
    rows = client[client["kind"] == event]
    reasons = [reason_of(row) for row in records(rows)]
    made_up = sum("isTrusted=false" in words for words in reasons)
    real = sum("isTrusted=true" in words for words in reasons) if not made_up else 0
    figures = Figures(measured=real, target=least, unit="events", n=len(rows))
    if made_up:
        return figures.failed(f"{made_up} {event} events came from a script")
    if real < len(rows):
        return figures.undecided(f"{len(rows) - real} {event} events lack their origin")
    if real < max(least, 1):
        return figures.undecided(f"pages reported {real} {event} events")
    return figures.passed(f"{real} {event} events, all from the browser")


@check(needs={Capability.PAGE}, instrument=True)
def opened_within(evidence: Evidence, *, tabs: float, within_s: float) -> Finding:
    """``tabs`` pages began to load within ``within_s``, by their own clocks.

    Never a failure: tabs that were not opened at once try no race.
    """
    answers = [answer for _, answer in answers_to(evidence.ledger.client, _ORIGIN)]
    origins_ms = [float(one) for one in answers if isinstance(one, int | float)]
    count = len(origins_ms)
    if count != tabs or not count:
        return Figures(target=within_s, unit="s", n=count).undecided(
            f"{count} of {tabs:.0f} pages reported when they began to load"
        )
    spread_s = (max(origins_ms) - min(origins_ms)) / 1000
    figures = Figures(measured=spread_s, target=within_s, unit="s", n=count)
    sentence = f"{count} pages began to load within {spread_s:.3f} s, bound {within_s:g} s"
    return figures.undecided(sentence) if spread_s > within_s else figures.passed(sentence)


@check(needs={Capability.RECEIPTS, Capability.PAGE_EVENTS})
def flushes_per_switch(evidence: Evidence, *, share: float, least: float) -> Finding:
    """The server counted fewer batches than ``share`` of the tab switches, and none is empty.

    A switch is a page that the browser itself made visible again; below ``least`` switches the
    share means nothing.
    """
    ledger = evidence.ledger
    events = records(of_kind(ledger.client, VisibilityChanged))
    reasons = [reason_of(row) for row in events]
    switches = sum("visible" in words and "isTrusted=true" in words for words in reasons)
    receipts = of_kind(ledger.server, BatchReceipt)
    if receipts.empty:
        return no_evidence("the server left no receipts")
    named = pd.Series(id_counts(receipts), index=receipts.index)
    empty = int((receipts["received"].fillna(named) == 0).sum())
    if empty:
        return Figures(n=switches).failed(f"{empty} of {len(receipts)} requests were empty")
    _, batches = batches_in(batch_receipts(ledger))
    figures = Figures(measured=batches, target=share * switches, unit="batches", n=switches)
    sentence = f"{batches} batches that are not empty, {switches} switches"
    if switches < least:
        return figures.undecided(f"{sentence}, planned {least:.0f} or more")
    if batches >= share * switches:
        return figures.failed(f"{sentence}: not below {share:g} a switch")
    return figures.passed(f"{sentence}: {batches / switches:.3f} a switch")


@check(needs={Capability.PAGE_EVENTS})
def order_reported(evidence: Evidence, *, least: float) -> Finding:
    """Each page reported hidden and visible in turn, ``least`` events or more.

    By its own clock: an event reported twice or missed would count one hide as two.
    """
    client = evidence.ledger.client
    turns, wrong = 0, []
    for tab, rows in of_kind(client, VisibilityChanged).groupby("tab"):
        ordered = rows.sort_values("page_wall_ns", kind="stable")
        states = [(reason_of(row) or [""])[0] for row in records(ordered)]
        turns += len(states)
        wrong += [f"tab {str(tab)[:8]}: {a} twice" for a, b in itertools.pairwise(states) if a == b]
    figures = Figures(measured=len(wrong), target=0, unit="events", n=turns)
    if wrong:
        return figures.failed(f"{len(wrong)} of {turns} events do not alternate", examples=wrong)
    if turns < max(least, 1):
        return figures.undecided(f"{turns} events, planned {least:.0f} or more")
    return figures.passed(f"{turns} events, hidden and visible in turn")
