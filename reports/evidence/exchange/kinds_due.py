"""Kinds of rows that a run must hold, given what else it holds and what its target offers.

A witness that never writes one kind leaves whole files: what rests on that kind is then judged on
nothing, or not at all. Here what was done, seen or offered names the rows that follow from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from harness.ledger.kinds import CLIENT, DATABASE, NETWORK, WITNESSES
from harness.ledger.kinds.activity import Blind, DatabaseFigure, ServerFigure
from harness.ledger.kinds.base import LedgerRow, name_of
from harness.ledger.kinds.client import (
    Acknowledged,
    Adopted,
    Attempt,
    BatchRefused,
    BeaconQueued,
    BeaconRefused,
    Drained,
    FlushAsked,
    Held,
    PageHide,
    PageShow,
    QueueState,
    Recorded,
    RecorderLeftOut,
    RetryScheduled,
    SignedIn,
    TabClosed,
    TabClosing,
    TabKilled,
    TabOpened,
    Unanswered,
    Undrained,
    VisibilityChanged,
)
from harness.ledger.kinds.database import (
    Appeared,
    DatabaseSetting,
    Final,
    FinalRow,
    LogSentinel,
    OwnRowWritten,
    Poll,
    Relations,
    RoadmapQuery,
    RoadmapQueryRow,
    UniqueIndex,
    UniqueIndexes,
    Violations,
)
from harness.ledger.kinds.machine import ProcessSample
from harness.ledger.kinds.network import (
    BrowserKilled,
    BrowserRestored,
    BrowserUsed,
    ChangeEnd,
    ChangeInjecting,
    ChangeStart,
    FaultEnd,
    FaultInjecting,
    FaultStart,
    LineEnd,
    LineStart,
    LoadStepEnd,
    LoadStepStart,
    PageCrashed,
    RequestActedOn,
    RequestChanged,
    SentinelArmed,
    SentinelBitten,
    SentinelUnharmed,
)
from harness.target.capabilities import Capability
from reports.core.kinds import is_a, is_kind, of_kind, payloads
from reports.evidence.columnar import keys
from reports.evidence.exchange.attempts import attempts_of
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import TRANSPORTS_WITH_ANSWER, ids_of, pages, records

_LIVED_ON_NS, _ON_A_SLOW_LINE_NS = 5_000_000_000, 60_000_000_000
"""A page reads an answer, or gives up waiting, before it has lived on for so long."""
_IMPRESSION = ["user", "artwork"]
_BY_REQUEST = "acted on"
"""A sentinel at the gateway says so of its fault, with the number of requests."""
_DEVICES = ("device", "emulated")
"""Kinds of browsers that a person leads, on a phone of their own or one that is emulated."""
_BEACONS_MIN = 3
"""What follows a beacon may be lost with its page; after three of them, none is no chance."""


class Due(NamedTuple):
    """What is missing, in words, and of which witness."""

    witness: str
    words: str


def kinds_due(ledger: LedgerFrames) -> list[Due]:
    """Return which kinds of rows are missing although what is there demands them.

    Empty for a run that did not come to its planned end: it lacks whatever would have come.
    """
    return ledger.remembered("kinds due", lambda: list(_found(ledger)))


def _found(ledger: LedgerFrames) -> Iterator[Due]:
    if ledger.end is None or ledger.end.status != "complete":
        return
    yield from _of_reads(ledger.database)
    yield from _of_faults(ledger.network)
    if _is_watched(ledger):
        yield from _of_browsers(ledger)
        yield from _single_rows(ledger)
    if not _on_a_device(ledger):
        yield from _of_pages(ledger)
    yield from _of_offers(ledger)


def _of_reads(database: pd.DataFrame) -> Iterator[Due]:
    """Yield what is missing of reads of the table and the catalogue: each counts what it finds."""
    for total, part, counts in (
        (Final, FinalRow, "copies"),
        (RoadmapQuery, RoadmapQueryRow, ""),
        (UniqueIndexes, UniqueIndex, ""),
    ):
        rows = of_kind(database, part)
        there = rows.groupby("mono_ns")
        found = there[counts].sum() if counts else there.size()
        counted = of_kind(database, total).groupby("mono_ns")["rows"].max()
        both = pd.DataFrame({"counted": counted, "found": found}).fillna(0)
        if total is Final:  # an earlier one decides nothing
            both = both.tail(1)
        for row in records(both[both["counted"] != both["found"]]):
            words = (
                f"a row of {name_of(total)!r} counts {int(row['counted'])}, and "
                f"{int(row['found'])} are in rows of {name_of(part)!r}"
            )
            yield Due(DATABASE.name, words)
    polls = of_kind(database, Poll)["rows"]
    if len(polls) and int(polls.max()) > 0:
        yield from _missing(database, Appeared, "polls counted rows")
    if any(one.relation for one in payloads(database, OwnRowWritten)):
        yield from _missing(database, Relations, "the harness wrote a row of its own")


def _of_faults(network: pd.DataFrame) -> Iterator[Due]:
    """Yield what is missing of the lives of faults, changes, lines and steps of a load."""
    for begin, end in (
        (FaultStart, FaultEnd),
        (ChangeStart, ChangeEnd),
        (LineStart, LineEnd),
        (LoadStepStart, LoadStepEnd),
    ):
        yield from _unpaired(network, begin, end)
    held = set(of_kind(network, FaultStart, ChangeStart)["fault"])
    armed = set(of_kind(network, SentinelArmed)["fault"])
    acted = set(of_kind(network, RequestActedOn, RequestChanged)["fault"])
    looks = of_kind(network, SentinelBitten, SentinelUnharmed)
    by_request = looks["detail"].str.contains(_BY_REQUEST, regex=False).fillna(False).astype(bool)
    for name in sorted((acted & held) - armed):
        words = f"{name} acted on requests, and no row says that its sentinel was armed"
        yield Due(NETWORK.name, words)
    for name in sorted({*armed, *looks["fault"]} - held):
        yield Due(NETWORK.name, f"{name} had a sentinel, and no row says when it began")
    for name in sorted(set(looks["fault"][by_request]) - acted):
        yield Due(NETWORK.name, f"{name} was felt, and no row says by which request")


def _unpaired(network: pd.DataFrame, begin: type[LedgerRow], end: type[LedgerRow]) -> Iterator[Due]:
    starts = Counter(of_kind(network, begin)["fault"].fillna(""))
    ends = Counter(of_kind(network, end)["fault"].fillna(""))
    for name in sorted({*starts, *ends}):
        if starts[name] != ends[name]:
            words = (
                f"{name or 'the load'} has {starts[name]} rows of {name_of(begin)!r} and "
                f"{ends[name]} of {name_of(end)!r}"
            )
            yield Due(NETWORK.name, words)


def _of_browsers(ledger: LedgerFrames) -> Iterator[Due]:
    """Yield what is missing of the browsers and their tabs, by what the harness did with them."""
    client, network = ledger.client, ledger.network
    killed = len(of_kind(network, BrowserKilled, PageCrashed))
    if len(of_kind(client, TabKilled)) and not killed:
        yield _words(BrowserKilled, "tabs were killed")
    if len(of_kind(network, BrowserRestored)):
        yield from _missing(network, BrowserKilled, "a browser was restored")
    if len(of_kind(client, TabOpened)):
        yield from _missing(network, BrowserUsed, "tabs were opened")
    if len(of_kind(network, BrowserUsed)):
        yield from _missing(client, TabOpened, "a browser was used")
    if len(of_kind(client, TabClosed)) and not len(of_kind(client, TabClosing)):
        yield _words(TabClosing, "tabs were closed")
    closing = set(of_kind(client, TabClosing)["tab"].dropna())
    if closing and not closing & set(of_kind(client, TabClosed, TabKilled)["tab"].dropna()):
        yield _words(TabClosed, "tabs were about to be closed")
    if len(of_kind(client, Drained, Undrained)):
        yield from _missing(client, QueueState, "pages were given time to deliver their queues")


def _of_pages(ledger: LedgerFrames) -> Iterator[Due]:
    """Yield what is missing of what pages report, by what else they report and what came of it."""
    client, attempts = ledger.client, attempts_of(ledger)
    answers = of_kind(client, Acknowledged, BatchRefused, Unanswered, BeaconQueued, BeaconRefused)
    sent = of_kind(client, Attempt)
    left_out = set(of_kind(client, RecorderLeftOut)["tab"].dropna())
    stored = attempts.receipts[attempts.receipts["committed_ns"].notna()]
    arrived = set(stored[stored["transport"] == "fetch"]["tab"].dropna()) - left_out
    recording = set(of_kind(client, Recorded)["tab"].dropna())
    if sent.empty and (len(answers) or arrived & recording):
        yield _words(Attempt, "pages sent batches")
    beacons = sent[sent["transport"] == "beacon"]
    if len(beacons) >= _BEACONS_MIN and not is_kind(client, BeaconQueued, BeaconRefused).any():
        yield _words(BeaconQueued, "pages sent beacons")
    if _answered(ledger) and not is_kind(client, Acknowledged).any():
        yield _words(Acknowledged, "pages lived on after their batches had been answered")
    if _sent_for_another(client) and not is_kind(client, Adopted).any():
        yield _words(Adopted, "pages sent what only others had recorded")
    if _tried_again(client) and not is_kind(client, RetryScheduled).any():
        yield _words(RetryScheduled, "pages with a known plan tried again")


def _single_rows(ledger: LedgerFrames) -> Iterator[Due]:
    """Yield single rows that are missing: an attempt for each answer, an answer for each attempt
    that had one, an appearance for each row of the final read."""
    client, database = ledger.client, ledger.database
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
    final, seen = of_kind(database, FinalRow), of_kind(database, Appeared)
    unseen = int((~np.isin(keys(final, _IMPRESSION), keys(seen, _IMPRESSION))).sum())
    if unseen:
        yield Due(DATABASE.name, f"{unseen} rows of the final read never appeared")


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
    """Return whether a page whose plan is known sent a batch again after it had no answer, with
    nothing in between but that."""
    opened = payloads(client, TabOpened)
    planned = {one.tab for one in opened if one.retry_base_ms is not None}
    silent = set(of_kind(client, Unanswered)["tab"].dropna()) & planned
    for _, rows in pages(client[client["tab"].isin(silent)]):
        waiting: set[str] = set()
        for row in records(rows):
            batch = str(row["batch"])
            if is_a(row, Unanswered):
                waiting.add(batch)
            elif is_a(row, VisibilityChanged, PageHide, PageShow, Adopted, FlushAsked, Held):
                waiting.clear()
            elif is_a(row, Attempt) and row["transport"] == "fetch" and batch in waiting:
                return True
    return False


def _of_offers(ledger: LedgerFrames) -> Iterator[Due]:
    """Yield what is missing of what the target offers, as the run itself recorded it, in a run that
    was watched at all."""
    target = ledger.run.target
    offered = {one for one in Capability if target and one.key in (target.capabilities or ())}
    database, client, activity = ledger.database, ledger.client, ledger.activity
    if not _is_watched(ledger):
        return
    yield from _unpaired(ledger.network, FaultInjecting, FaultStart)
    yield from _unpaired(ledger.network, ChangeInjecting, ChangeStart)
    sent = set(of_kind(client, Attempt)["tab"].dropna())
    left_out = set(of_kind(client, RecorderLeftOut)["tab"].dropna())
    if Capability.PAGE_EVENTS in offered and sent - left_out:
        yield from _missing(client, Recorded, "pages sent batches")
    read = len(of_kind(database, Final))
    if Capability.TABLE in offered:
        yield from _missing(database, DatabaseSetting, "the database can be asked")
    if Capability.TABLE in offered and read:
        yield from _missing(database, RoadmapQuery, "the table was read to the end")
    if Capability.DATABASE_LOG in offered and read:
        yield from _missing(database, Violations, "the log of the database can be read")
        yield from _missing(database, LogSentinel, "the log of the database can be read")
    if len(of_kind(database, UniqueIndex)):
        yield from _missing(database, UniqueIndexes, "the catalogue was asked")
    if {Capability.SERVER_PROCESSES, Capability.DATABASE_PROCESSES} & offered:
        yield from _missing(ledger.machine, ProcessSample, "processes can be watched")
    if Capability.DATABASE_ACTIVITY in offered and not is_kind(activity, Blind).any():
        yield from _missing(activity, DatabaseFigure, "the database has statistics")
    if Capability.SERVER_METRICS in offered and not is_kind(activity, Blind).any():
        yield from _missing(activity, ServerFigure, "the server has metrics")
    # A device's user signs in where the harness has no hand.
    if (
        Capability.SIGN_IN in offered
        and len(of_kind(client, TabOpened))
        and not _on_a_device(ledger)
    ):
        yield from _missing(client, SignedIn, "users sign in")
    if "browser" in ledger.run.plan.arm and not is_kind(ledger.network, BrowserUsed).any():
        yield _words(BrowserUsed, "the run's arm names a browser")


def _on_a_device(ledger: LedgerFrames) -> bool:
    """Return whether a person led a device's browser through the steps."""
    return any(one.kind in _DEVICES for one in payloads(ledger.network, BrowserUsed))


def _is_watched(ledger: LedgerFrames) -> bool:
    """Return whether a browser was driven, or processes were watched: a simulation does neither."""
    used = is_kind(ledger.network, BrowserUsed).any()
    return bool(len(ledger.machine) or len(ledger.activity) or used)


def _missing(frame: pd.DataFrame, kind: type[LedgerRow], because: str) -> Iterator[Due]:
    if not is_kind(frame, kind).any():
        yield _words(kind, because)


def _words(kind: type[LedgerRow], because: str) -> Due:
    witness = next(one.name for one in WITNESSES.values() if issubclass(kind, one.row))
    return Due(witness, f"{because}, and no row is of the kind {name_of(kind)!r}")
