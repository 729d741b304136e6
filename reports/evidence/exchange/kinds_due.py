"""Kinds of rows that a run must hold, given what else it holds and what its target offers.

A witness that never writes one kind leaves whole files: what rests on that kind is then judged on
nothing, or not at all. Here what was done, seen or offered names the rows that follow from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

from harness.ledger.kinds import DATABASE, NETWORK, SERVER
from harness.ledger.kinds.activity import Blind, DatabaseFigure, ServerFigure
from harness.ledger.kinds.base import LedgerRow, name_of
from harness.ledger.kinds.client import (
    Attempt,
    Drained,
    QueueState,
    Recorded,
    RecorderLeftOut,
    SignedIn,
    TabClosed,
    TabClosing,
    TabKilled,
    TabOpened,
    Undrained,
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
from harness.ledger.kinds.server import ServerStarted
from harness.target.capabilities import Capability, from_keys
from reports.core.kinds import is_kind, of_kind, payloads, records
from reports.evidence.columnar import keys
from reports.evidence.exchange.due import Due, is_watched, missing, no_row_of
from reports.evidence.exchange.frozen import frozen_figures
from reports.evidence.exchange.page_rows_due import due_of_pages, single_rows_of_pages
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import led_by_hand
from reports.evidence.reported.depths import misstated_depths
from reports.evidence.reported.stories import contradictory_reports
from reports.evidence.table.blind_polls import blind_polls
from reports.evidence.table.polls import misread_polls

_IMPRESSION = ["user", "artwork"]
_BY_REQUEST = "acted on"
"""A sentinel at the gateway says so of its fault, with the number of requests."""


KINDS_DUE = "kinds due"
"""The name under which a ledger remembers them."""


def kinds_due(ledger: LedgerFrames) -> list[Due]:
    """Return which kinds of rows are missing although what is there demands them.

    Empty for a run that did not come to its planned end: it lacks whatever would have come.
    """
    return ledger.remembered(KINDS_DUE, lambda: list(_found(ledger)))


def _found(ledger: LedgerFrames) -> Iterator[Due]:
    if ledger.end is None or ledger.end.status != "complete":
        return
    yield from _of_reads(ledger.database)
    yield from misread_polls(ledger)
    yield from _of_faults(ledger.network)
    yield from _of_lives(ledger.server)
    yield from frozen_figures(ledger)
    if is_watched(ledger):
        yield from _of_browsers(ledger)
        yield from single_rows_of_pages(ledger)
        yield from _appearances(ledger.database)
        yield from blind_polls(ledger)
    if not led_by_hand(ledger):
        yield from due_of_pages(ledger)
        yield from contradictory_reports(ledger)
        yield from misstated_depths(ledger)
    yield from _of_offers(ledger)


def _of_lives(server: pd.DataFrame) -> Iterator[Due]:
    """Yield the server's lives whose receipts do not begin with their beginning: a kill costs the
    last lines of a file, never the first."""
    begun = set(of_kind(server, ServerStarted)["lifetime"].dropna())
    for life in sorted(set(server["lifetime"].dropna()) - begun):
        yield Due(SERVER.name, f"the receipts of the server's life {life} lack their beginning")


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
        yield from missing(database, Appeared, "polls counted rows")
    if any(one.relation for one in payloads(database, OwnRowWritten)):
        yield from missing(database, Relations, "the harness wrote a row of its own")


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
        yield no_row_of(BrowserKilled, "tabs were killed")
    if len(of_kind(network, BrowserRestored)):
        yield from missing(network, BrowserKilled, "a browser was restored")
    if len(of_kind(client, TabOpened)):
        yield from missing(network, BrowserUsed, "tabs were opened")
    if len(of_kind(network, BrowserUsed)):
        yield from missing(client, TabOpened, "a browser was used")
    if len(of_kind(client, TabClosed)) and not len(of_kind(client, TabClosing)):
        yield no_row_of(TabClosing, "tabs were closed")
    closing = set(of_kind(client, TabClosing)["tab"].dropna())
    if closing and not closing & set(of_kind(client, TabClosed, TabKilled)["tab"].dropna()):
        yield no_row_of(TabClosed, "tabs were about to be closed")
    if len(of_kind(client, Drained, Undrained)):
        yield from missing(client, QueueState, "pages were given time to deliver their queues")


def _appearances(database: pd.DataFrame) -> Iterator[Due]:
    """Yield how many rows of the final read no poll ever saw appear."""
    final, seen = of_kind(database, FinalRow), of_kind(database, Appeared)
    unseen = int((~np.isin(keys(final, _IMPRESSION), keys(seen, _IMPRESSION))).sum())
    if unseen:
        yield Due(DATABASE.name, f"{unseen} rows of the final read never appeared")


def processes_due(ledger: LedgerFrames) -> Iterator[Due]:
    """Yield that no process was sampled although the target has processes that can be: of the whole
    ledger, since a part of one has no samples."""
    target = ledger.run.target
    offered = from_keys(target.capabilities or ()) if target else frozenset[Capability]()
    has_any = {Capability.SERVER_PROCESSES, Capability.DATABASE_PROCESSES} & offered
    if has_any and is_watched(ledger) and not ledger.is_part:
        yield from missing(ledger.machine, ProcessSample, "processes can be watched")


def _of_offers(ledger: LedgerFrames) -> Iterator[Due]:
    """Yield what is missing of what the target offers, as the run itself recorded it, in a run that
    was watched at all."""
    target = ledger.run.target
    offered = from_keys(target.capabilities or ()) if target else frozenset[Capability]()
    database, client, activity = ledger.database, ledger.client, ledger.activity
    if not is_watched(ledger):
        return
    yield from _unpaired(ledger.network, FaultInjecting, FaultStart)
    yield from _unpaired(ledger.network, ChangeInjecting, ChangeStart)
    sent = set(of_kind(client, Attempt)["tab"].dropna())
    left_out = set(of_kind(client, RecorderLeftOut)["tab"].dropna())
    if Capability.PAGE_EVENTS in offered and sent - left_out:
        yield from missing(client, Recorded, "pages sent batches")
    read = len(of_kind(database, Final))
    if Capability.TABLE in offered:
        yield from missing(database, DatabaseSetting, "the database can be asked")
    if Capability.TABLE in offered and read:
        yield from missing(database, RoadmapQuery, "the table was read to the end")
    if Capability.DATABASE_LOG in offered and read:
        yield from missing(database, Violations, "the log of the database can be read")
        yield from missing(database, LogSentinel, "the log of the database can be read")
    if len(of_kind(database, UniqueIndex)):
        yield from missing(database, UniqueIndexes, "the catalogue was asked")
    yield from processes_due(ledger)
    if Capability.DATABASE_ACTIVITY in offered and not is_kind(activity, Blind).any():
        yield from missing(activity, DatabaseFigure, "the database has statistics")
    if Capability.SERVER_METRICS in offered and not is_kind(activity, Blind).any():
        yield from missing(activity, ServerFigure, "the server has metrics")
    # A device's user signs in where the harness has no hand.
    if (
        Capability.SIGN_IN in offered
        and len(of_kind(client, TabOpened))
        and not led_by_hand(ledger)
    ):
        yield from missing(client, SignedIn, "users sign in")
    if "browser" in ledger.run.plan.arm and not is_kind(ledger.network, BrowserUsed).any():
        yield no_row_of(BrowserUsed, "the run's arm names a browser")
