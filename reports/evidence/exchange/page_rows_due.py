"""Rows of pages that a run must hold, given what else pages report and what came of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import pandas as pd

from harness.ledger.kinds import CLIENT
from harness.ledger.kinds.client import (
    Acknowledged,
    Adopted,
    Attempt,
    BatchRefused,
    BeaconQueued,
    BeaconRefused,
    FlushAsked,
    FlushStarted,
    Held,
    MemoryMode,
    PageHide,
    PageShow,
    Persisted,
    QueueState,
    Recorded,
    RecorderEvent,
    RecorderLeftOut,
    RetryScheduled,
    TabClosed,
    TabHidden,
    TabKilled,
    TabLeaving,
    TabOpened,
    Unanswered,
    VisibilityChanged,
)
from harness.ledger.kinds.network import LineStart
from reports.core.kinds import is_a, is_kind, of_kind, payloads, records
from reports.evidence.exchange.attempts import attempts_of
from reports.evidence.exchange.due import Due, no_row_of
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import TRANSPORTS_WITH_ANSWER, Sight, ids_of, ms_of, pages

_LIVED_ON_NS, _ON_A_SLOW_LINE_NS = 5_000_000_000, 60_000_000_000
"""A page reads an answer, or gives up waiting, before it has lived on for so long."""
_WRITTEN_NS = 1_000_000_000
"""A disk has written the first of a page's views by then."""
_AT_ONCE_MS = 500.0
"""A page that falls back to another transport does so within this, on a busy machine too."""
_AFTER_NS, _HEARD_NS = 20_000_000, 1_000_000_000
"""A page's clock is as far from the harness's at most; what a page reports is heard by then."""
_BEACONS_MIN = 3
"""What follows a beacon may be lost with its page; after three of them, none is no chance."""
_LIFECYCLE = (VisibilityChanged, PageHide, PageShow)


def due_of_pages(ledger: LedgerFrames) -> Iterator[Due]:
    """Yield what is missing of what pages report, by what else they report and what came of it."""
    client, attempts = ledger.client, attempts_of(ledger)
    answers = of_kind(client, Acknowledged, BatchRefused, Unanswered, BeaconQueued, BeaconRefused)
    sent = of_kind(client, Attempt)
    left_out = set(of_kind(client, RecorderLeftOut)["tab"].dropna())
    stored = attempts.receipts[attempts.receipts["committed_ns"].notna()]
    arrived = set(stored[stored["transport"] == "fetch"]["tab"].dropna()) - left_out
    recording = set(of_kind(client, Recorded)["tab"].dropna())
    if sent.empty and (len(answers) or arrived & recording):
        yield no_row_of(Attempt, "pages sent batches")
    beacons = sent[sent["transport"] == "beacon"]
    if len(beacons) >= _BEACONS_MIN and not is_kind(client, BeaconQueued, BeaconRefused).any():
        yield no_row_of(BeaconQueued, "pages sent beacons")
    if _answered(ledger) and not is_kind(client, Acknowledged).any():
        yield no_row_of(Acknowledged, "pages lived on after their batches had been answered")
    if _sent_for_another(client) and not is_kind(client, Adopted).any():
        yield no_row_of(Adopted, "pages sent what only others had recorded")
    if _tried_again(client) and not is_kind(client, RetryScheduled).any():
        yield no_row_of(RetryScheduled, "pages with a known plan tried again")
    if _kept_on_disk(client, _WRITTEN_NS) and not is_kind(client, Persisted).any():
        yield no_row_of(Persisted, "pages kept what they recorded on disk")
    if _hidden_by_the_harness(client) and not is_kind(client, VisibilityChanged).any():
        yield no_row_of(VisibilityChanged, "tabs were hidden whose pages report when they leave")


def single_rows_of_pages(ledger: LedgerFrames) -> Iterator[Due]:
    """Yield single rows that are missing: an attempt for each answer, an answer for each attempt
    that had one, a note that it is on disk for each view of a page that keeps its queue there, a
    change of visibility in each tab that was hidden, and the start of each flush."""
    client = ledger.client
    request = ["tab", "batch", "attempt"]
    answers = of_kind(client, Acknowledged, BatchRefused, Unanswered, BeaconQueued, BeaconRefused)
    answers = answers.dropna(subset=request)[request].drop_duplicates()
    both = answers.merge(of_kind(client, Attempt)[request], on=request, how="left", indicator=True)
    unsent = int((both["_merge"] == "left_only").sum())
    if unsent:
        yield Due(CLIENT.name, f"{unsent} answers are to attempts that no page reported")
    if unheard := _answered(ledger) - set(
        of_kind(client, Acknowledged, BatchRefused, Held, Unanswered)["batch"].dropna()
    ):
        yield Due(CLIENT.name, f"{len(unheard)} batches were answered, and no page reported it")
    kept, durable = _kept_on_disk(client, _LIVED_ON_NS), _views_of(of_kind(client, Persisted))
    if durable and (unwritten := kept - durable):
        yield Due(CLIENT.name, f"{len(unwritten)} views on disk were never reported as there")
    reported = set(of_kind(client, VisibilityChanged)["tab"].dropna())
    if reported and (unseen := _hidden_by_the_harness(client) - reported):
        yield Due(CLIENT.name, f"{len(unseen)} tabs were hidden, and their pages never reported it")
    alive = client[~client["tab"].isin(of_kind(client, TabKilled)["tab"].dropna())]
    asked, begun = (Counter(of_kind(alive, one)["tab"]) for one in (FlushAsked, FlushStarted))
    if asked != begun:
        yield Due(
            CLIENT.name,
            f"pages were asked to flush {asked.total()} times, and began {begun.total()} times",
        )


def _answered(ledger: LedgerFrames) -> set[str]:
    """Return the batches that were stored and answered with success, over a transport whose end its
    page sees, to a page that went on for long or was seen with nothing under way; no fault acted on
    that attempt, and the page does not say that it had no answer."""
    found = set[str]()
    attempts, client = attempts_of(ledger), ledger.client
    receipts = attempts.receipts
    good = receipts[receipts["committed_ns"].notna() & (receipts["status"] // 100 == 2)]
    good = good[good["transport"].isin(TRANSPORTS_WITH_ANSWER)]
    enough_ns = _LIVED_ON_NS
    if is_kind(ledger.network, LineStart).any():
        enough_ns = _ON_A_SLOW_LINE_NS
    last_ns = client.groupby("tab", observed=True)["mono_ns"].max()
    idle = of_kind(client, QueueState)
    idle = idle[(idle["queue_depth"] == 0) & (idle["in_flight"] == 0)]
    idle_ns = idle.groupby("tab", observed=True)["mono_ns"].max()
    silent_ns = of_kind(client, Unanswered).groupby("batch")["mono_ns"].max()
    both = good.merge(attempts.handed, on=["batch", "attempt"], suffixes=("", "_sender"))
    for row in records(both):
        batch, tab, committed_ns = int(row["batch"]), row["tab_sender"], int(row["committed_ns"])
        if row["attempt"] in attempts.acted.get(batch, {}):
            continue
        name = str(attempts.names[batch])
        is_read = silent_ns.get(name, 0) < committed_ns
        is_idle = idle_ns.get(tab, 0) > committed_ns and is_read
        if is_idle or last_ns.get(tab, 0) > committed_ns + enough_ns:
            found.add(name)
    return found


def _sent_for_another(client: pd.DataFrame) -> bool:
    """Return whether a page that recorded nothing sent what a page had recorded that is gone."""
    recorded = of_kind(client, Recorded)
    gone = set(of_kind(client, TabClosed, TabKilled)["tab"].dropna())
    left = {one for row in records(recorded[recorded["tab"].isin(gone)]) for one in ids_of(row)}
    sent = of_kind(client, Attempt)
    heirs = sent[~sent["tab"].isin(set(recorded["tab"].dropna()))].dropna(subset=["tab"])
    return any(left & {*ids_of(row)} for row in records(heirs))


def _tried_again(client: pd.DataFrame) -> bool:
    """Return whether a page whose plan is known sent a batch, had no answer, waited and sent it
    again, visible throughout and with nothing in between.

    What follows at once is no retry: it is the next transport of the same flush, which is fetch
    again where the batch is too large for keepalive. What a page sends as it hides has no plan.
    """
    opened = payloads(client, TabOpened)
    planned = {one.tab for one in opened if one.retry_base_ms is not None}
    silent = set(of_kind(client, Unanswered)["tab"].dropna()) & planned
    for _, rows in pages(client[client["tab"].isin(silent)]):
        sight, sent = Sight(rows), set[tuple[str, int]]()
        failed_ms: dict[str, float] = {}
        for row in records(rows):
            sight.take(row)
            batch = str(row["batch"])
            if is_a(row, VisibilityChanged, PageHide, PageShow, Adopted, FlushAsked, Held):
                sent.clear()
                failed_ms.clear()
            elif is_a(row, Unanswered) and (batch, row["attempt"]) in sent:
                failed_ms[batch] = ms_of(row)
            elif is_a(row, Attempt):
                waited_ms = ms_of(row) - failed_ms.get(batch, math.inf)
                if row["transport"] == "fetch" and waited_ms > _AT_ONCE_MS:
                    return True
                if sight.visible:
                    sent.add((batch, row["attempt"]))
    return False


def _kept_on_disk(client: pd.DataFrame, since_ns: int) -> set[tuple[str, str]]:
    """Return the views, tab and artwork, that a page recorded so long before its last sign of life;
    of pages that keep their queue on disk, as they were asked once open, and whose storage works.
    """
    failed = set(of_kind(client, MemoryMode, RecorderLeftOut)["tab"].dropna())
    journaling = {one.tab for one in payloads(client, TabOpened) if one.journals} - failed
    own = of_kind(client, RecorderEvent, QueueState)
    last_ns = own.groupby("tab", observed=True)["mono_ns"].max()
    recorded = of_kind(client, Recorded)
    recorded = recorded[recorded["tab"].isin(journaling)]
    until_ns = recorded["tab"].astype(object).map(last_ns) - since_ns
    return _views_of(recorded[recorded["mono_ns"] < until_ns])


def _views_of(rows: pd.DataFrame) -> set[tuple[str, str]]:
    return {(str(row["tab"]), one) for row in records(rows) for one in ids_of(row)}


def _hidden_by_the_harness(client: pd.DataFrame) -> set[str]:
    """Return the tabs that the harness hid while their page was there, of pages that report when
    they leave, and from whose page something of later was heard: a page's reports arrive in their
    order, and those under way are lost with a page that is killed, closed or led away. Not those
    that were opened behind another."""
    reporting = {str(row["tab"]) for row in records(of_kind(client, *_LIFECYCLE))}
    visible = {one.tab for one in payloads(client, TabOpened) if one.visibility == "visible"}
    left_ns = of_kind(client, TabLeaving).groupby("tab", observed=True)["mono_ns"].min()
    reports = of_kind(client, RecorderEvent)
    own = reports.fillna({"page_wall_ns": 0}).groupby("tab", observed=True)
    heard_ns, own_ns = own["mono_ns"].max(), own["page_wall_ns"].max()
    asked_ns = of_kind(client, QueueState).groupby("tab", observed=True)["mono_ns"].max()
    found = set[str]()
    for row in records(of_kind(client, TabHidden)):
        tab, hidden_ns = row["tab"], int(row["mono_ns"])
        is_there = hidden_ns < left_ns.get(tab, math.inf)
        is_later = own_ns.get(tab, 0) > int(row["wall_ns"]) + _AFTER_NS
        is_heard = is_later and heard_ns.get(tab, 0) > hidden_ns
        is_heard = is_heard or asked_ns.get(tab, 0) > hidden_ns + _HEARD_NS
        if tab in visible and is_there and is_heard and reporting:
            found.add(str(tab))
    return found - set(of_kind(client, RecorderLeftOut)["tab"].dropna())
