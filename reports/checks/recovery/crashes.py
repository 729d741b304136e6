"""After a crash: did the tabs come back, and did what they held change hands exactly once?"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.fates import (
    VIEW,
    keys_of,
    processed_receipts,
)
from reports.evidence.frame import exploded
from reports.evidence.pages import (
    detail_of,
    ids_of,
    reason_of,
    records,
)
from reports.verdict.verdict import Finding

_HANDLERS = "live handlers"


_EVENTS = ("pagehide", "visibilitychange")


_SETTLED = ("acknowledged", "refused")


_ANSWERED = ("fetch", "keepalive", "sync")


@check(needs={Capability.PAGE})
def tabs_restored(evidence: Evidence, *, tabs: float) -> Finding:
    """The browser was killed with so many tabs and brought as many back, each a tab of its own.

    Fewer prove less than was promised. A restored page that goes by the id of a dead one, or two
    that share one, would be taken for one tab by the server.
    """
    network, client = evidence.ledger.network, evidence.ledger.client
    killed = client[client["kind"] == "tab_killed"]["tab"]
    opened = records(client[client["kind"] == "tab_opened"])
    back = [row["tab"] for row in opened if "restored" in detail_of(row["detail"])]
    counts = network[network["kind"] == "browser_restored"]["value"]
    figures = Figures(measured=len(back), target=tabs, unit="tabs", n=len(back))
    if counts.empty:
        return no_evidence("no browser came back after a crash")
    if len(set(back)) != len(back) or set(back) & set(killed):
        return figures.failed("restored tabs go by ids that others have or had")
    if len(killed) != tabs or len(back) != tabs:
        told = f"{len(killed)} tabs were killed and {len(back)} came back, planned: {tabs:.0f}"
        return figures.undecided(told)
    return figures.passed(f"all {len(back)} killed tabs came back, each as a new tab")


@check(needs={Capability.PAGE_EVENTS})
def handlers_once(evidence: Evidence, *, pages: float, round_trips: float = 0.0) -> Finding:
    """Each page that was asked has its handlers of pagehide and visibilitychange exactly once.

    A handler is known by the text of its function: the same one twice is a leak, none at all means
    that nobody would notice the page's end. ``round_trips``: so often a page was asked that had
    just come out of the back/forward cache alive, by the ``pageshow`` that the browser sent it.
    """
    counted, after_the_cache = _handlers_told(evidence.ledger.client)
    figures = Figures(target=pages, unit="pages", n=len(counted))
    if not counted:
        return figures.undecided("no page said which handlers it has")
    wrong = [
        f"{event}: {one[event]['count']} handlers, {one[event]['same']} of them the same"
        for one in counted
        for event in _EVENTS
        if one[event]["same"] != 1
    ]
    if wrong:
        sentence = f"{len(wrong)} times a handler is there twice or not at all"
        return figures.failed(sentence, examples=wrong)
    if len(counted) < pages:
        told = f"{len(counted)} of {pages:.0f} pages said which handlers they have"
        return figures.undecided(told)
    if after_the_cache < round_trips:
        told = f"{after_the_cache} of {round_trips:.0f} answers came right out of the cache"
        return figures.undecided(told)
    more = f", {after_the_cache} times right out of the cache" if round_trips else ""
    return figures.passed(f"{len(counted)} pages have each handler once{more}")


def _handlers_told(client: pd.DataFrame) -> tuple[list[dict[str, Any]], int]:
    """Return what pages said of their handlers, and how often one had just been in the cache."""
    counted, after_the_cache = [], 0
    revived = set[str]()
    for row in records(client.sort_values("mono_ns", kind="stable")):
        tab, words = str(row["tab"]), reason_of(row)
        if row["kind"] == "pageshow" and {"persisted=true", "isTrusted=true"} <= set(words):
            revived.add(tab)
        elif row["kind"] == "answer":
            said = detail_of(row["detail"])
            answer = said.get("answer")
            if said.get("question") != _HANDLERS or not isinstance(answer, dict):
                continue
            if set(_EVENTS) <= set(answer):
                counted.append(answer)
                after_the_cache += tab in revived
                revived.discard(tab)
    return counted, after_the_cache


@check(needs={Capability.PAGE_EVENTS, Capability.RECEIPTS, Capability.DATABASE})
def persisted_kept(evidence: Evidence) -> Finding:
    """Every view that a page said was on disk reached the server in a receipt of its own tab."""
    ledger = evidence.ledger
    told = exploded(ledger.client[ledger.client["kind"] == "persisted"])
    told = told.drop_duplicates(VIEW)
    if told.empty:
        return no_evidence("no page said that a view was on disk")
    if not evidence.fates.decided or not (ledger.server["kind"] == "batch").any():
        return Figures(n=len(told)).undecided("there was no final read, or no receipt")
    lost = told[~keys_of(told, VIEW).isin(keys_of(processed_receipts(ledger), VIEW))]
    figures = Figures(measured=len(lost), target=0, unit="views", n=len(told))
    if len(lost):
        examples = tuple(
            f"{row['user']}/{row['artwork']}" for row in records(lost.head(EXAMPLES_MAX))
        )
        sentence = f"{len(lost)} of {len(told)} views were on disk and never arrived"
        return figures.failed(sentence, examples=examples)
    return figures.passed(f"all {len(told)} views that were on disk arrived")


@check(needs={Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY})
def adopted_once(evidence: Evidence) -> Finding:
    """What each killed tab owed was adopted by one living tab, once.

    It owed what it said was on disk and had no answer to. What it had just asked the server over a
    transport with an answer may have been settled in its last instant: that it need not leave.
    No artwork of a user is taken out of the same tab's queue twice, whoever died.
    """
    client = evidence.ledger.client
    taken: Counter[tuple[str, str, str]] = Counter()
    for row in records(client[client["kind"] == "adopted"]):
        owner = str(detail_of(row["detail"]).get("reason", ""))
        taken.update({(owner, str(row["user"]), one) for one in ids_of(row)})
    killed = [str(tab) for tab in client[client["kind"] == "tab_killed"]["tab"]]
    owed = {(tab, *one) for tab in killed for one in _owed(client[client["tab"] == tab])}
    again = [one for one, count in taken.items() if count > 1]
    left = sorted(owed - set(taken))
    heirless = len({tab for tab, *_ in owed})
    figures = Figures(measured=len(again) + len(left), target=0, unit="views", n=len(owed))
    if again or left:
        wrong = [f"{user}/{artwork} of tab {tab[:8]}" for tab, user, artwork in [*again, *left]]
        sentence = (
            f"of {len(owed)} views in {heirless} dead tabs' queues {len(left)} were never adopted, "
            f"{len(again)} more than once"
        )
        return figures.failed(sentence, examples=wrong)
    if not owed:
        return figures.undecided("no tab was killed while it owed anything")
    told = f"the queues of {heirless} dead tabs, {len(owed)} views, were adopted once each"
    return figures.passed(told)


def _owed(rows: pd.DataFrame) -> set[tuple[str, str]]:
    """Return what one dead tab surely had on disk, as (user, artwork)."""
    owed: dict[str, set[tuple[str, str]]] = {}
    asked: set[str] = set()
    for row in records(rows):
        batch = str(row["batch"])
        if row["kind"] == "persisted":
            user = str(row["user"])
            owed.setdefault(batch, set()).update((user, one) for one in ids_of(row))
        elif row["kind"] in _SETTLED:
            owed.pop(batch, None)
        elif row["kind"] == "attempt" and row["transport"] in _ANSWERED:
            asked.add(batch)
        elif row["kind"] in ("unknown", "held"):
            asked.discard(batch)
    found: set[tuple[str, str]] = set()
    return found.union(*(views for batch, views in owed.items() if batch not in asked))
