"""How many ids a page says wait, or are under way, beside what its own events make of that.

What entered the queue and was not answered for good is in it, at every event. A page that says
more than it ever recorded is wrong about itself; one that says less has either forgotten something,
which is the recorder's loss and judged elsewhere, or it sends later what it says not to have.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.ledger.kinds import CLIENT
from harness.ledger.kinds.client import (
    Acknowledged,
    Adopted,
    Attempt,
    BatchRefused,
    BeaconQueued,
    Held,
    PageShow,
    QueueState,
    Recorded,
    Unanswered,
)
from reports.core.kinds import is_a, of_kind, records
from reports.evidence.exchange.due import Due
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import ids_of, reason_of
from reports.evidence.reported.stories import PageStory, page_stories

Row = dict[str, Any]
_UNDER_WAY = ("fetch", "keepalive")
"""Transports that leave their page running until the answer: a page blocks for the others."""


def misstated_depths(ledger: LedgerFrames) -> Iterator[Due]:
    """Yield the pages whose events say how many ids wait otherwise than their own story does, and
    those that list other ids than they count."""
    for story in page_stories(ledger):
        more, less = _misstated(story)
        words = [f"says {more} times that more ids wait than it recorded"] * bool(more)
        words += [f"says {less} times that ids are gone which it sends later"] * bool(less)
        for one in words:
            yield Due(CLIENT.name, f"the page of tab {story.tab[:8]} {one}")
    rows = records(of_kind(ledger.client, QueueState))
    if wrong := sum(_lists_other(row) for row in rows):
        counted = f"{wrong} of {len(rows)} times a page counts other ids than it lists"
        yield Due(CLIENT.name, counted)


def _lists_other(row: Row) -> bool:
    """Return whether a page, asked with nothing under way, lists ids and counts none, or counts
    fewer than it lists, or some where it lists none. (It may hold one id in two batches.)"""
    if row["in_flight"] != 0 or row["queue_depth"] is None:
        return False
    listed, counted = len(ids_of(row)), int(row["queue_depth"])
    return counted < listed or (listed == 0 and counted > 0)


@dataclass(slots=True)
class _Queue:
    """A page's queue as its events tell it."""

    ids: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Batch → the ids in it so far, of those that were not answered for good."""
    beaconed: set[str] = field(default_factory=set)
    """Batches whose beacon was queued: a recorder may be done with them."""
    pending: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    """Batch → attempts under way → their ids."""
    counted: dict[str, int] = field(default_factory=dict)
    """Batch → its ids, from the first attempt under way until the first answer."""

    def total(self, others: Mapping[str, float]) -> tuple[int, float]:
        """Return how many ids wait or are under way, at least and at most; ``others``: batch → how
        many ids are in it that the page did not report as recorded, infinite where that is not
        known."""
        certain = sum(len(ids) for batch, ids in self.ids.items() if batch not in self.beaconed)
        most = sum(len(ids) + others.get(batch, math.inf) for batch, ids in self.ids.items())
        most += sum(
            max(attempts.values(), default=0)
            for batch, attempts in self.pending.items()
            if batch not in self.ids
        )
        return certain, most

    def under_way(self) -> tuple[int, int]:
        """Return how many ids are under way, at least and at most."""
        most = sum(max(attempts.values(), default=0) for attempts in self.pending.values())
        beacons = sum(len(ids) for batch, ids in self.ids.items() if batch in self.beaconed)
        return sum(self.counted.values()), most + beacons


def _misstated(story: PageStory) -> tuple[int, int]:
    """Return how often a page's events say more, and less, than its story; up to where another
    page, or another user, may have changed its queue without an event."""
    rows = _until_silent(story.rows)
    ends, sent_after = _ends_of(rows), _sent_after(rows)
    others = _unrecorded(rows)
    queue, more, less, last = _Queue(), 0, 0, 0
    for place, row in enumerate(rows):
        if row["queue_depth"] is None or row["in_flight"] is None:
            continue
        waiting, flying = int(row["queue_depth"]), int(row["in_flight"])
        before = queue.under_way()
        if not (is_a(row, Acknowledged, BatchRefused) and waiting + flying == last):
            _take(queue, row, place, ends)
        else:  # the page itself goes on as if it were no answer, whose request may be over or not
            queue.counted.pop(str(row["batch"]), None)
        last = waiting + flying
        (fewest, most), (least, top) = queue.total(others), queue.under_way()
        if is_a(row, Attempt):  # it may be counted just before, or just after
            least, top = min(least, before[0]), max(top, before[1])
        more += waiting + flying > most or flying > top
        kept = {one for batch, ids in queue.ids.items() for one in ids}
        is_kept = kept <= sent_after[place]
        less += (waiting + flying < fewest and is_kept) or (flying < least and is_kept)
    return more, less


def _until_silent(rows: Sequence[Row]) -> list[Row]:
    found: list[Row] = []
    for row in rows:
        back = is_a(row, PageShow) and "persisted=true" in reason_of(row)
        if back or is_a(row, Held, Adopted):
            break
        found.append(row)
    return found


@dataclass(frozen=True, slots=True)
class _Ends:
    """``last_sent``: batch → the place of its last attempt, before which it was not done with;
    ``of_attempt``: batch and attempt → the place of its last end."""

    last_sent: dict[str, int]
    of_attempt: dict[tuple[str, int], int]


def _ends_of(rows: Sequence[Row]) -> _Ends:
    last_sent: dict[str, int] = {}
    of_attempt: dict[tuple[str, int], int] = {}
    for place, row in enumerate(rows):
        if is_a(row, Attempt):
            last_sent[str(row["batch"])] = place
        elif is_a(row, Acknowledged, BatchRefused, Unanswered) and row["attempt"] is not None:
            of_attempt[str(row["batch"]), int(row["attempt"])] = place
    return _Ends(last_sent, of_attempt)


def _sent_after(rows: Sequence[Row]) -> list[frozenset[str]]:
    """Return for each row the ids that the page reports to send, or to have answered, after it."""
    found: list[frozenset[str]] = []
    later = frozenset[str]()
    for row in reversed(rows):
        found.append(later)
        if is_a(row, Attempt, Acknowledged, BatchRefused):
            later |= frozenset(ids_of(row))
    return found[::-1]


def _unrecorded(rows: Sequence[Row]) -> dict[str, float]:
    """Return batch → how many ids it was sent with that the page did not record into it; what is in
    a batch that is never sent is not known."""
    recorded: dict[str, int] = defaultdict(int)
    sent: dict[str, int] = defaultdict(int)
    for row in rows:
        batch, count = str(row["batch"]), len(ids_of(row))
        if is_a(row, Recorded):
            recorded[batch] += count
        elif is_a(row, Attempt):
            sent[batch] = max(sent[batch], count)
    return {batch: max(0, count - recorded[batch]) for batch, count in sent.items()}


def _take(queue: _Queue, row: Row, place: int, ends: _Ends) -> None:
    """Let one event change the queue."""
    if row["batch"] is None:
        return
    batch = str(row["batch"])
    number = 0 if row["attempt"] is None else int(row["attempt"])
    if is_a(row, Recorded):
        queue.ids[batch].update(ids_of(row))
    elif is_a(row, Attempt):
        queue.beaconed.discard(batch)
        if row["transport"] in _UNDER_WAY:
            queue.pending[batch][number] = len(ids_of(row))
            queue.counted[batch] = len(ids_of(row))
    elif is_a(row, BeaconQueued):
        queue.beaconed.add(batch)
    elif is_a(row, Acknowledged, BatchRefused, Unanswered):
        if ends.of_attempt.get((batch, number), place) > place:
            return  # that attempt has another end: this one was none, whatever the page called it
        queue.pending[batch].pop(number, None)
        if row["transport"] in _UNDER_WAY:
            queue.counted.pop(batch, None)
        is_last = ends.last_sent.get(batch, place) <= place
        if is_last and not is_a(row, Unanswered):
            queue.ids.pop(batch, None)
            queue.beaconed.discard(batch)
