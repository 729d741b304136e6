"""After a crash: the tabs come back, and their queues change hands exactly once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from harness.ledger.kinds.client import (
    Adopted,
    Attempt,
    Held,
    PageShow,
    Persisted,
    TabKilled,
    TabOpened,
    Unanswered,
)
from harness.ledger.kinds.network import BrowserRestored
from harness.ledger.kinds.server import BatchReceipt
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import is_a, is_kind, of_kind, payloads, records
from reports.evidence.evidence import Evidence
from reports.evidence.fates import (
    VIEW,
    keys_of,
    names_of,
    processed_receipts,
)
from reports.evidence.frame import exploded
from reports.evidence.pages import (
    SETTLED,
    TRANSPORTS_WITH_ANSWER,
    answers_to,
    ids_of,
    reason_of,
)
from reports.verdict.verdict import Finding

_HANDLERS = "live handlers"
_EVENTS = ("pagehide", "visibilitychange")


@check(needs={Capability.PAGE})
def tabs_restored(evidence: Evidence, *, tabs: float) -> Finding:
    """The browser was killed with ``tabs`` tabs and restored as many, each under an id of its own.

    Fewer prove less than was planned. A restored page that takes the id of a dead one, or two that
    share an id, would be one tab to the server.
    """
    network, client = evidence.ledger.network, evidence.ledger.client
    killed = of_kind(client, TabKilled)["tab"]
    restored = [one.tab for one in payloads(client, TabOpened) if one.restored]
    figures = Figures(measured=len(restored), target=tabs, unit="tabs", n=len(restored))
    if not is_kind(network, BrowserRestored).any():
        return no_evidence("no browser was restored after a crash")
    if len(set(restored)) != len(restored) or set(restored) & set(killed):
        return figures.failed("restored tabs have ids that other tabs have or had")
    if len(killed) != tabs or len(restored) != tabs:
        return figures.undecided(
            f"{len(killed)} tabs were killed and {len(restored)} restored, planned {tabs:.0f}"
        )
    return figures.passed(f"all {len(restored)} killed tabs were restored, each as a new tab")


@check(needs={Capability.PAGE_EVENTS})
def handlers_once(evidence: Evidence, *, pages: float, round_trips: float = 0.0) -> Finding:
    """Each of ``pages`` pages has its handlers of pagehide and visibilitychange exactly once.

    A handler is known by the text of its function: the same one twice is a leak, and without one
    the page misses its own end. At least ``round_trips`` answers came from a page that the browser
    had just taken out of the back/forward cache, by the ``pageshow`` that it sent.
    """
    counted, after_the_cache = _handlers(evidence.ledger.client)
    figures = Figures(target=pages, unit="pages", n=len(counted))
    if not counted:
        return figures.undecided("no page reported its handlers")
    wrong = [
        f"{event}: {one[event]['count']} handlers, {one[event]['same']} of them the same"
        for one in counted
        for event in _EVENTS
        if one[event]["same"] != 1
    ]
    if wrong:
        return figures.failed(f"{len(wrong)} handlers are there twice or missing", examples=wrong)
    if len(counted) < pages:
        return figures.undecided(f"{len(counted)} of {pages:.0f} pages reported their handlers")
    if after_the_cache < round_trips:
        return figures.undecided(
            f"{after_the_cache} of {round_trips:.0f} answers came right out of the cache"
        )
    aside = f", {after_the_cache} times right out of the cache" if round_trips else ""
    return figures.passed(f"{len(counted)} pages have each handler once{aside}")


def _handlers(client: pd.DataFrame) -> tuple[list[dict[str, Any]], int]:
    """Return the handlers that pages reported, and how often one had just been in the cache."""
    shows = records(of_kind(client, PageShow))
    revived = [row for row in shows if {"persisted=true", "isTrusted=true"} <= {*reason_of(row)}]
    counted, after_the_cache = list[dict[str, Any]](), 0
    asked_ns: dict[str, int] = {}
    for row, answer in answers_to(client, _HANDLERS):
        if not isinstance(answer, dict) or not set(_EVENTS) <= set(answer):
            continue
        counted.append(answer)
        tab, since_ns = row["tab"], asked_ns.get(row["tab"], 0)
        after_the_cache += any(
            one["tab"] == tab and since_ns < one["mono_ns"] <= row["mono_ns"] for one in revived
        )
        asked_ns[tab] = row["mono_ns"]
    return counted, after_the_cache


@check(needs={Capability.PAGE_EVENTS, Capability.RECEIPTS, Capability.DATABASE})
def persisted_kept(evidence: Evidence) -> Finding:
    """Every view that a page reported as on disk reached the server in a receipt of its own tab."""
    ledger = evidence.ledger
    views = exploded(of_kind(ledger.client, Persisted)).drop_duplicates(VIEW)
    if views.empty:
        return no_evidence("no page reported a view as on disk")
    if not evidence.fates.decided or not is_kind(ledger.server, BatchReceipt).any():
        return Figures(n=len(views)).undecided("there was no final read, or no receipt")
    lost = views[~keys_of(views, VIEW).isin(keys_of(processed_receipts(ledger), VIEW))]
    figures = Figures(measured=len(lost), target=0, unit="views", n=len(views))
    if len(lost):
        return figures.failed(
            f"{len(lost)} of {len(views)} views were on disk and never arrived",
            examples=names_of(lost),
        )
    return figures.passed(f"all {len(views)} views that were on disk arrived")


@check(needs={Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY})
def adopted_once(evidence: Evidence) -> Finding:
    """What each killed tab owed was adopted by one living tab, once.

    It owed what it reported as on disk and had no answer to. What it had just sent over a transport
    with an answer may have been settled in its last instant: that it need not leave. No artwork of
    a user is taken out of the same tab's queue twice, killed or not.
    """
    client = evidence.ledger.client
    taken: Counter[tuple[str, str, str]] = Counter()
    for one in payloads(client, Adopted):
        owner, user = one.reason or "", str(one.user)
        taken.update({(owner, user, artwork) for artwork in one.artworks or ()})
    killed = [str(tab) for tab in of_kind(client, TabKilled)["tab"]]
    owed = {(tab, *one) for tab in killed for one in _owed(client[client["tab"] == tab])}
    again = [one for one, count in taken.items() if count > 1]
    left = sorted(owed - set(taken))
    owners = len({tab for tab, *_ in owed})
    figures = Figures(measured=len(again) + len(left), target=0, unit="views", n=len(owed))
    if again or left:
        wrong = [f"{user}/{artwork} of tab {tab[:8]}" for tab, user, artwork in [*again, *left]]
        return figures.failed(
            f"of {len(owed)} views in the queues of {owners} killed tabs {len(left)} were never "
            f"adopted, {len(again)} more than once",
            examples=wrong,
        )
    if not owed:
        return figures.undecided("no tab was killed while it owed anything")
    return figures.passed(
        f"the queues of {owners} killed tabs, {len(owed)} views, were adopted once each"
    )


def _owed(rows: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the (user, artwork) pairs that one killed tab had on disk beyond doubt."""
    owed: dict[str, set[tuple[str, str]]] = {}
    in_flight: set[str] = set()
    for row in records(rows):
        batch = str(row["batch"])
        if is_a(row, Persisted):
            user = str(row["user"])
            owed.setdefault(batch, set()).update((user, one) for one in ids_of(row))
        elif is_a(row, *SETTLED):
            owed.pop(batch, None)
        elif is_a(row, Attempt) and row["transport"] in TRANSPORTS_WITH_ANSWER:
            in_flight.add(batch)
        elif is_a(row, Unanswered, Held):
            in_flight.discard(batch)
    return {view for batch, views in owed.items() if batch not in in_flight for view in views}
