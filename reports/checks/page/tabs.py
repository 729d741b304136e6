"""Tabs and their visibility: opened, told apart, hidden and shown again."""

from __future__ import annotations

import itertools
from dataclasses import replace

from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.pages import (
    batch_receipts,
    batches_in,
    detail_of,
    reason_of,
    records,
)
from reports.verdict.verdict import Finding


@check(needs={Capability.PAGE})
def tabs_distinct(evidence: Evidence, *, tabs: float) -> Finding:
    """So many tabs were opened, each under an id of its own, and closed under one of its own.

    The id changes with every load: a reloaded tab that took another's shows when both are closed.
    """
    client = evidence.ledger.client
    opened, closed = (
        client[client["kind"] == kind]["tab"] for kind in ("tab_opened", "tab_closed")
    )
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
    """Pages heard this event (visibility, pagehide, pageshow) so often, always from the browser."""
    rows = evidence.ledger.client[evidence.ledger.client["kind"] == event]
    reasons = [reason_of(row) for row in records(rows)]
    made_up = sum("isTrusted=false" in words for words in reasons)
    real = sum("isTrusted=true" in words for words in reasons) if not made_up else 0
    figures = Figures(measured=real, target=least, unit="events", n=len(rows))
    if made_up:
        return figures.failed(f"{made_up} {event} events came from a script")
    if real < len(rows):
        told = f"{len(rows) - real} {event} events do not say where they came from"
        return figures.undecided(told)
    if real < max(least, 1):
        return figures.undecided(f"pages told of {real} {event} events")
    return figures.passed(f"{real} {event} events, all from the browser")


_ORIGIN = "time origin"


@check(needs={Capability.PAGE})
def opened_within(evidence: Evidence, *, tabs: float, within_s: float) -> Finding:
    """So many pages began to load within the bound, by their own clocks.

    Else they were not opened at once, and a race was not tried.
    """
    rows = evidence.ledger.client[evidence.ledger.client["kind"] == "answer"]
    said = [detail_of(text) for text in rows["detail"]]
    times = [one.get("answer") for one in said if one.get("question") == _ORIGIN]
    origins = [float(one) for one in times if isinstance(one, int | float)]
    figures = Figures(target=within_s, unit="s", n=len(origins))
    if len(origins) != tabs or not origins:
        told = f"{len(origins)} of {tabs:.0f} pages said when they began to load"
        return figures.undecided(told)
    spread_s = (max(origins) - min(origins)) / 1000
    told = f"{len(origins)} pages began to load within {spread_s:.3f} s, bound {within_s:g} s"
    if spread_s > within_s:
        return replace(figures, measured=spread_s).undecided(told)
    return replace(figures, measured=spread_s).passed(told)


@check(needs={Capability.RECEIPTS, Capability.PAGE_EVENTS})
def flushes_per_switch(evidence: Evidence, *, share: float, least: float) -> Finding:
    """The batches that the server counted are fewer than this share of the real tab switches.

    None of them is empty. A switch is a page that the browser itself told it was hidden or visible
    again; ``least`` so many make the share mean something.
    """
    ledger = evidence.ledger
    events = records(ledger.client[ledger.client["kind"] == "visibility"])
    real = [reason_of(row) for row in events]
    switches = sum("visible" in words and "isTrusted=true" in words for words in real)
    receipts = ledger.server[ledger.server["kind"] == "batch"]
    empty = int((receipts["received"].fillna(0) == 0).sum())
    _, batches = batches_in(batch_receipts(ledger))
    figures = Figures(measured=batches, target=share * switches, unit="batches")
    told = f"{batches} batches with something in them, {switches} switches"
    if receipts.empty:
        return no_evidence("the server left no receipts")
    if empty:
        return Figures(n=switches).failed(f"{empty} of {len(receipts)} requests were empty")
    if switches < least:
        return replace(figures, n=switches).undecided(f"{told}, planned {least:.0f} or more")
    if batches >= share * switches:
        return replace(figures, n=switches).failed(f"{told}: not under {share:g} of them")
    return replace(figures, n=switches).passed(f"{told}: {batches / switches:.3f} a switch")


@check(needs={Capability.PAGE_EVENTS})
def order_told(evidence: Evidence, *, least: float) -> Finding:
    """Each page told of being hidden and visible in turn, and of what it flushed in that order.

    By its own clock: an event that is told twice or missed would count one hide as two.
    """
    client = evidence.ledger.client
    turns, wrong = 0, []
    for tab, rows in client[client["kind"] == "visibility"].groupby("tab"):
        ordered = rows.sort_values("page_wall_ns", kind="stable")
        states = [(reason_of(row) or [""])[0] for row in records(ordered)]
        turns += len(states)
        wrong += [f"tab {str(tab)[:8]}: {a} twice" for a, b in itertools.pairwise(states) if a == b]
    figures = Figures(measured=len(wrong), target=0, unit="events", n=turns)
    if wrong:
        sentence = f"{len(wrong)} of {turns} events do not alternate"
        return figures.failed(sentence, examples=wrong)
    if turns < max(least, 1):
        return figures.undecided(f"{turns} events, planned {least:.0f} or more")
    return figures.passed(f"{turns} events, hidden and visible in turn")
