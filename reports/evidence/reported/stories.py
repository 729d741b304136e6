"""What a page reports of itself cannot be so: its reports contradict one another, or all else does.

A recorder's events are numbered, come in the order of its own clock, and tell one story: an id is
recorded and then on disk, a request is handed to the browser and then answered. Where they do not,
an event was lost, changed or invented on its way to the ledger. Nothing here accuses a recorder:
what a recorder does wrong it reports as it does it, and what others saw of it agrees.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.ledger.kinds import CLIENT
from harness.ledger.kinds.client import (
    Acknowledged,
    Attempt,
    BatchRefused,
    BeaconQueued,
    BeaconRefused,
    Held,
    PageDefectReached,
    PageShow,
    Persisted,
    Recorded,
    RecorderEvent,
    RecorderLeftOut,
    RetryScheduled,
    Unanswered,
)
from harness.ledger.kinds.network import BrowserUsed
from reports.core.kinds import decoded, is_a, is_kind, of_kind, payloads, records
from reports.evidence.exchange.due import Due
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import ids_of, reason_of
from reports.evidence.reported.answers import other_answers
from reports.evidence.reported.numbered import misnumbered
from reports.evidence.reported.sightings import Sightings, sightings

_ENDS = (Acknowledged, BatchRefused, Held, Unanswered, BeaconQueued, BeaconRefused)
_TICK_NS = 1_000_000
"""Clocks of pages tick in whole milliseconds where their origin is not isolated."""
_AHEAD_NS = 100_000_000
"""A page's clock is as far ahead of the harness's at most, on one machine."""

Row = dict[str, Any]
Sent = tuple[str, int]
"""A batch and its attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageStory:
    """The events of one page in the order in which they were heard. ``revived``: it came out of the
    back/forward cache, where events may be lost, or heard long after they happened, and ids may
    change their batch; its events are in the order of its own clock. ``numbered``: it numbers its
    events, so that its whole story is known."""

    tab: str
    rows: Sequence[Row]
    revived: bool
    numbered: bool


def page_stories(ledger: LedgerFrames) -> list[PageStory]:
    """Return what each page reported that keeps the contract of events, pages left out in which a
    script of the harness sends, and those that share an id."""

    def tell() -> list[PageStory]:
        client = ledger.client
        left_out = set(of_kind(client, RecorderLeftOut)["tab"].dropna())
        events = of_kind(client, RecorderEvent)
        events = events[~is_kind(events, PageDefectReached) & ~events["tab"].isin(left_out)]
        by_tab: dict[str, list[Row]] = defaultdict(list)
        for row in records(events.dropna(subset=["tab"])):
            by_tab[str(row["tab"])].append(row)
        return [_story(tab, rows) for tab, rows in by_tab.items() if not _is_of_several(rows)]

    return ledger.remembered("stories of pages", tell)


def _story(tab: str, rows: list[Row]) -> PageStory:
    revived = _is_revived(rows)
    rows.sort(key=lambda row: (row["page_wall_ns"] or 0) if revived else row["mono_ns"])
    numbered = all(decoded(row, RecorderEvent).number is not None for row in rows)
    return PageStory(tab=tab, rows=rows, revived=revived, numbered=numbered)


def _is_of_several(rows: Sequence[Row]) -> bool:
    """Return whether pages share a tab's id, by their numbers: each began with 1 at its own time.
    Their reports are mixed up, and the recorder is to blame: checks of tabs compare the ids."""
    numbers = Counter(decoded(row, RecorderEvent).number for row in rows)
    begun = {row["page_wall_ns"] for row in rows if decoded(row, RecorderEvent).number == 1}
    # Of pages that count from 1 on, no number is missing, and none is there oftener than the last.
    counted = [numbers[number] for number in range(1, len(numbers) - (None in numbers) + 1)]
    return len(begun) > 1 and counted == sorted(counted, reverse=True) and min(counted) > 0


def _is_revived(rows: Sequence[Row]) -> bool:
    return any(is_a(row, PageShow) and "persisted=true" in reason_of(row) for row in rows)


def contradictory_reports(ledger: LedgerFrames) -> Iterator[Due]:
    """Yield in what a page's reports cannot be so, one line for each page and rule."""
    if not page_stories(ledger):
        return  # a load has no pages, and reading each of its receipts would be for nothing
    others = sightings(ledger)
    browsers = payloads(ledger.network, BrowserUsed)
    is_near = bool(browsers) and all(one.kind != "remote" for one in browsers)
    for story in page_stories(ledger):
        for words in (
            *_unnumbered(story),
            *_out_of_order(story, is_near=is_near),
            *_lives_of_views(story),
            *_lives_of_attempts(story),
            *_other_contents(story, others),
            *other_answers(story.rows, others),
            *misnumbered(story.tab, own_attempts(story, others), others),
        ):
            yield Due(CLIENT.name, f"the page of tab {story.tab[:8]} {words}")


def _unnumbered(story: PageStory) -> Iterator[str]:
    """Yield that events are missing, or came in another order, by their numbers: what a page
    reports as it ends may be lost, so the last ones are not missed."""
    numbers = [decoded(row, RecorderEvent).number for row in story.rows]
    known = [number for number in numbers if number is not None]
    if not known:
        return
    if len(known) < len(numbers):
        yield f"numbered {len(known)} of its {len(numbers)} events"
    elif any(one >= other for one, other in itertools.pairwise(known)):
        yield "numbered its events in another order than they came"
    elif not story.revived and (missing := known[-1] - len(known)):
        yield f"reported {known[-1]} events, {missing} of which are missing"


def _out_of_order(story: PageStory, *, is_near: bool) -> Iterator[str]:
    """Yield that events came in another order than they happened, or before."""
    timed = [row for row in story.rows if row["page_wall_ns"]]
    if len(timed) < len(story.rows):
        if timed and decoded(story.rows[0], RecorderEvent).number is not None:
            yield f"says when {len(timed)} of its {len(story.rows)} events happened"
        return
    own = [int(row["page_wall_ns"]) for row in timed]
    if any(later < earlier - _TICK_NS for earlier, later in itertools.pairwise(own)):
        yield "reported events in another order than they happened by its own clock"
    ahead = sum(int(r["page_wall_ns"]) - int(r["wall_ns"]) > _AHEAD_NS for r in timed)
    if is_near and ahead:
        yield f"was heard of {ahead} events before they happened"


def _lives_of_views(story: PageStory) -> Iterator[str]:
    """Yield that ids were reported as on disk before, or without, being recorded, or in another
    batch: an id that a page does send in that batch is in it, however it got there."""
    recorded: dict[str, set[Any]] = defaultdict(set)
    sent: dict[Any, set[str]] = defaultdict(set)
    ever, began = set[str](), set[Any]()
    for row in story.rows:
        if is_a(row, Attempt):
            sent[row["batch"]].update(ids_of(row))
        elif is_a(row, Recorded):
            ever.update(ids_of(row))
            began.add(row["batch"])
    early = elsewhere = 0
    for row in story.rows:
        batch = row["batch"]
        if is_a(row, Recorded):
            for one in ids_of(row):
                recorded[one].add((batch, row["user"]))
        elif is_a(row, Persisted):
            for one in ids_of(row):
                # Of a batch that is never sent it is not known what is in it.
                is_other = one not in sent[batch] if batch in sent else batch not in began
                early += one not in recorded and (one in ever or is_other)
                known = one in recorded and (batch, row["user"]) not in recorded[one]
                elsewhere += known and is_other
    if early:
        yield f"reported {early} ids as on disk that it had not reported as recorded"
    if elsewhere and not story.revived:
        yield f"reported {elsewhere} ids as on disk in another batch, or for another user"


def _lives_of_attempts(story: PageStory) -> Iterator[str]:
    """Yield that the ends of requests came before these, or are of other requests than were sent,
    and that retries are of what was not sent."""
    sent: dict[Sent, Row] = {}
    ever = {(row["batch"], row["attempt"]) for row in story.rows if is_a(row, Attempt)}
    early = unlike = unsent = 0
    for row in story.rows:
        if row["batch"] is None or row["attempt"] is None:
            continue
        one = (str(row["batch"]), int(row["attempt"]))
        if is_a(row, Attempt):
            sent[one] = row
        elif is_a(row, *_ENDS):
            early += one not in sent and (row["batch"], row["attempt"]) in ever
            unlike += one in sent and not _alike(sent[one], row)
        elif is_a(row, RetryScheduled):
            unsent += one not in sent
    if early:
        yield f"reported {early} ends of requests before it reported to send them"
    if unlike:
        yield f"reported {unlike} ends of requests with other ids, bytes or transport"
    if unsent:
        yield f"reported {unsent} retries of requests that it had not reported to send"


def _alike(sent: Row, end: Row) -> bool:
    """Return whether a request and its end are reported alike, in what both report. A recorder may
    change a batch while it is under way, its owner or some of its ids: others see that too."""
    ids, ended = set(ids_of(sent)), set(ids_of(end))
    pairs = [(sent["transport"], end["transport"]), (_bytes_of(sent), _bytes_of(end))]
    same = all(a == b or pd.isna(a) or pd.isna(b) for a, b in pairs)
    return same and (ids <= ended or ended <= ids)


def _bytes_of(row: Row) -> int | None:
    return decoded(row, RecorderEvent).body_bytes


def _other_contents(story: PageStory, others: Sightings) -> Iterator[str]:
    """Yield that requests hold other ids than the server received, which is what the page recorded
    or what a gateway saw pass; or another user's, where the server's is whom the page recorded."""
    if story.revived:
        return
    recorded: dict[str, frozenset[str]] = defaultdict(frozenset)
    owners: dict[str, Any] = {}
    for row in story.rows:
        if is_a(row, Recorded) and row["batch"] is not None:
            recorded[str(row["batch"])] |= frozenset(ids_of(row))
            owners[str(row["batch"])] = row["user"]
    ids = users = 0
    for row in story.rows:
        batch = str(row["batch"])
        if not is_a(row, Attempt) or batch not in recorded or row["attempt"] is None:
            continue
        if others.senders(batch) > 1:
            continue
        seen = others.of(batch, int(row["attempt"]))
        named, arrived = frozenset(ids_of(row)), {one.ids for one in seen if not one.passed}
        agreed = arrived & {recorded[batch], *(one.ids for one in seen if one.passed)}
        ids += bool(agreed) and named not in agreed
        users += row["user"] != owners[batch] and any(one.user == owners[batch] for one in seen)
    if ends := _other_ends(story.rows, others):
        yield f"reported {ends} ends of requests with other ids than it sent and others saw"
    if ids:
        yield f"reported {ids} requests with other ids than it recorded and others saw"
    if users:
        yield f"reported {users} requests for another user than it recorded and others saw"


def _other_ends(rows: Sequence[Row], others: Sightings) -> int:
    """Return how many ends of requests name other ids than these requests, which the server saw as
    they were reported; batches that several pages send left out."""
    sent: dict[Sent, Row] = {}
    wrong = 0
    for row in rows:
        if row["batch"] is None or row["attempt"] is None:
            continue
        one = (str(row["batch"]), int(row["attempt"]))
        if is_a(row, Attempt):
            sent[one] = row
        elif is_a(row, *_ENDS) and one in sent and others.senders(one[0]) <= 1:
            ids, ended = frozenset(ids_of(sent[one])), frozenset(ids_of(row))
            seen = any(other.ids == ids for other in others.of(*one) if not other.passed)
            wrong += bool(ended) and ended != ids and seen
    return wrong


def own_attempts(story: PageStory, others: Sightings) -> Mapping[str, list[int]]:
    """Return batch → the numbers of its attempts, of batches that this page began and no other page
    sent: an heir leaves numbers out."""
    began = {str(row["batch"]) for row in story.rows if is_a(row, Recorded)}
    found: dict[str, list[int]] = defaultdict(list)
    for row in story.rows:
        batch = str(row["batch"])
        if is_a(row, Attempt) and batch in began and row["attempt"] is not None:
            found[batch].append(int(row["attempt"]))
    return {batch: numbers for batch, numbers in found.items() if others.senders(batch) <= 1}
