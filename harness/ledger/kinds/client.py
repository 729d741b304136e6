"""The client: what pages tell of their recorders, and what the harness does with their tabs."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Annotated, Any

import pyarrow as pa
from msgspec import Meta, field

from harness.ledger.kinds.base import (
    DETAIL,
    IDS,
    KIND_COLUMN,
    MONO_NS,
    WALL_NS,
    Column,
    Count,
    LedgerRow,
    Witness,
)


class Transport(enum.StrEnum):
    """Over what a page sends a batch."""

    FETCH = "fetch"
    KEEPALIVE = "keepalive"
    BEACON = "beacon"
    SYNC = "sync"


class ClientRow(LedgerRow):
    """What a page tells of its recorder, and what the harness does with the page's tab."""

    user: str | None = None
    tab: str | None = None


# --- what the recorder tells: docs/target-contract.md, section 3 ----------------------------------


class RecorderEvent(ClientRow):
    """An event that a page reported over the witness's binding. What does not apply is absent."""

    page_wall_ns: int | None = None
    batch: str | None = None
    attempt: Count | None = None
    transport: Transport | None = None
    status: Count | None = None
    artworks: tuple[str, ...] | None = None
    queue_depth: Count | None = None
    in_flight: Count | None = None
    body_bytes: Annotated[int | None, Meta(description="bytes of the request's body")] = field(
        name="bytes", default=None
    )
    number: Annotated[
        Count | None, Meta(description="which of its recorder's events it is, from 1")
    ] = None
    reason: Annotated[str | None, Meta(description="why, in the page's words")] = None
    delay_ms: Annotated[float | None, Meta(description="time until the next try, ms")] = field(
        name="delayMs", default=None
    )
    inserted: Annotated[int | None, Meta(description="ids that the answer calls new")] = None
    duplicate: Annotated[int | None, Meta(description="ids that the answer calls known")] = None
    more: Annotated[
        dict[str, Any], Meta(description="facts of the page that the contract does not name")
    ] = field(default_factory=dict)


class Recorded(RecorderEvent, tag="recorded"):
    """An id entered the queue."""


class Persisted(RecorderEvent, tag="persisted"):
    """The ids are durable on this device."""


class Attempt(RecorderEvent, tag="attempt"):
    """A request is about to be handed to the browser."""


class Acknowledged(RecorderEvent, tag="acknowledged"):
    """The page read a 2xx."""


class BatchRefused(RecorderEvent, tag="refused"):
    """The page read a final 4xx and drops the ids."""


class Unanswered(RecorderEvent, tag="unknown"):
    """A timeout, a network error, a 5xx or a 429: the outcome is unknown."""


class BeaconQueued(RecorderEvent, tag="beacon_queued"):
    """``sendBeacon`` returned true, which acknowledges nothing."""


class BeaconRefused(RecorderEvent, tag="beacon_refused"):
    """``sendBeacon`` returned false."""


class RetryScheduled(RecorderEvent, tag="retry_scheduled"):
    """The next try is due in ``delayMs``."""


class Adopted(RecorderEvent, tag="adopted"):
    """The queue of a dead tab was taken over; ``reason`` holds that tab's id."""


class Held(RecorderEvent, tag="held"):
    """Ids of another user wait on disk."""


class MemoryMode(RecorderEvent, tag="memory_mode"):
    """Storage is blocked or full."""


class VisibilityChanged(RecorderEvent, tag="visibility"):
    """The page became visible or hidden; ``reason`` holds the state and ``isTrusted``."""


class PageHide(RecorderEvent, tag="pagehide"):
    """The page is left; ``reason`` holds ``persisted`` and ``isTrusted``."""


class PageShow(RecorderEvent, tag="pageshow"):
    """The page is shown; ``reason`` holds ``persisted`` and ``isTrusted``."""


class PageDefectReached(RecorderEvent, tag="defect_reached"):
    """The switch of a defect that was put into the recorder was reached once; ``reason`` holds the
    defect's id."""


class Unrecognised(ClientRow, tag="unrecognised"):
    """A page reported something that is no event of the contract: the evidence is not whole."""

    problem: Annotated[str, Meta(description="what is wrong with it")]
    text: Annotated[str, Meta(description="what the page reported")]

    def gap(self) -> str:
        """Return what was reported and not understood."""
        return f"that a page reported and the contract does not know: {self.problem}"


# --- what the harness does with a tab, and asks of it ---------------------------------------------


class TabRow(ClientRow):
    """What the harness did with a tab, or learnt when it asked."""

    user: str
    tab: str | None


class RecorderLeftOut(TabRow, tag="recorder_left_out"):
    """A script of the harness's own sends from this page; its recorder has no part in it."""


class SignedIn(TabRow, tag="signed_in"):
    """The browser has the session of this user, and of no other, from now on."""


class SignedOut(TabRow, tag="signed_out"):
    """The session of this user is about to be taken from the browser."""


class TabOpened(TabRow, tag="tab_opened"):
    """The display page is open."""

    visibility: Annotated[
        str | None, Meta(description="`document.visibilityState` once it had loaded")
    ] = None
    journals: Annotated[
        bool | None,
        Meta(description="its recorder keeps its queue on disk; null: the page does not say"),
    ] = None
    restored: Annotated[
        str | None, Meta(description="who brought it back after a crash, if it was")
    ] = None
    role: Annotated[str | None, Meta(description="what a page on a device is there for")] = None
    options: Annotated[dict[str, str], Meta(description="the options of the page in its query")] = (
        field(default_factory=dict)
    )
    retry_base_ms: Annotated[
        float | None, Meta(description="the wait after a failure, ms; null: not known")
    ] = None
    retry_cap_ms: Annotated[
        float | None, Meta(description="the longest wait, ms; null: there is none")
    ] = None
    retry_is_drawn: Annotated[bool, Meta(description="a wait is a random share of the whole")] = (
        False
    )
    retry_is_linear: Annotated[
        bool, Meta(description="a wait grows evenly with each failure in a row; else it doubles")
    ] = False
    hands_over: Annotated[
        bool, Meta(description="its plan is to send at once what is new when it hides")
    ] = False


class FlushAsked(TabRow, tag="flush_asked"):
    """The page is asked to send now what it holds, whatever its plan."""


class FlushStarted(TabRow, tag="flush_started"):
    """The page has begun to send what it was asked to."""


class TabHidden(TabRow, tag="tab_hidden"):
    """Another page was put in front of the tab, whose document is hidden now."""


class TabInFront(TabRow, tag="tab_in_front"):
    """The tab was brought to the front, and its document is visible now."""


class TabLeaving(TabRow, tag="tab_leaving"):
    """The tab is led to another page."""


class TabClosing(TabRow, tag="tab_closing"):
    """The tab is about to be closed."""

    how: Annotated[str | None, Meta(description="how it is closed")] = field(
        name=DETAIL, default=None
    )


class TabClosed(TabRow, tag="tab_closed"):
    """The tab is closed."""

    how: Annotated[str | None, Meta(description="how that is known, on a device")] = field(
        name=DETAIL, default=None
    )


class TabKilled(TabRow, tag="tab_killed"):
    """The tab's browser was killed."""


class PageAnswer(TabRow, tag="answer"):
    """A page, or the harness about it, answered a question of the scenario."""

    question: Annotated[str, Meta(description="what was asked")]
    answer: Annotated[Any, Meta(description="the answer, any JSON value")]


class FavouriteAsked(TabRow, tag="favourite_asked"):
    """The user is about to set or take back the heart of an artwork, once, on some page."""

    artworks: tuple[str, ...]
    favourite: Annotated[bool, Meta(description="whether it is set")]


class SharedShown(TabRow, tag="shared_shown"):
    """Somebody opened a link to the favourites of ``user``, and saw these artworks."""

    artworks: tuple[str, ...]
    revoked: Annotated[bool, Meta(description="the link had been revoked before")]


class Prefetched(TabRow, tag="prefetched"):
    """A page has ended loading pictures of artworks that the user may like next."""

    artworks: tuple[str, ...]
    loaded: Annotated[Count, Meta(description="bytes of these pictures")]
    ended: Annotated[str, Meta(description="why it loads no more")]


class HistoryPage(TabRow, tag="history_page"):
    """A page of the user's history was read."""

    artworks: tuple[str, ...]
    number: Annotated[Count, Meta(description="which page, from 1")]
    is_last: Annotated[bool, Meta(description="whether no other follows")]


class AdminTried(ClientRow, tag="admin_tried"):
    """Somebody asked for a part of the dashboard; ``user`` is whom the session names, if any."""

    who: Annotated[str, Meta(description="as what: admin, ordinary user, by header …")]
    part: Annotated[str, Meta(description="page, figures, users, timeline, export, feed, sign_in")]
    status: Count
    is_admin: Annotated[bool, Meta(description="whether it was an admin, who may see it")]
    is_let_in: Annotated[bool, Meta(description="whether it was answered")]


class FeedWatched(TabRow, tag="feed_watched"):
    """A viewer of the dashboard's feed has seen what there was of it."""

    viewer: Annotated[str, Meta(description="which viewer")]
    began: Annotated[Count, Meta(description="receipts before it came")]
    ended: Annotated[Count, Meta(description="receipts up to the last one that it heard of")]
    lines: Annotated[Count, Meta(description="lines that it was sent")]
    lost: Annotated[Count, Meta(description="lines left out, by what it was sent")]
    repeated: Annotated[Count, Meta(description="lines that it was sent again, or out of order")]


class ExportRead(TabRow, tag="export_read"):
    """The dashboard's export was read by somebody who opens it in a spreadsheet."""

    users: Annotated[Count, Meta(description="users that it lists")]
    formulas: Annotated[tuple[str, ...], Meta(description="cells that a spreadsheet would run")]


class QueueState(TabRow, tag="queue"):
    """A page was asked for what it has not had acknowledged, and for its telemetry."""

    artworks: tuple[str, ...]
    queue_depth: Count
    in_flight: Count
    telemetry: Annotated[
        Mapping[str, Any] | None, Meta(description="`recorder.telemetry()`, as the page gave it")
    ] = field(name=DETAIL, default=None)


class Drained(TabRow, tag="drained"):
    """The page's queue was empty in time."""

    within_s: Annotated[float, Meta(description="how long it had, s")]


class Undrained(TabRow, tag="undrained"):
    """The page's queue was not empty in time."""

    within_s: Annotated[float, Meta(description="how long it had, s")]


CLIENT = Witness(
    "client",
    ClientRow,
    (
        MONO_NS,
        WALL_NS,
        KIND_COLUMN,
        Column("user", pa.string(), "the user whose page it is"),
        Column("tab", pa.string(), "the recorder's id of the page that is loaded"),
        Column("page_wall_ns", pa.int64(), "when it happened by the page's clock, ns since epoch"),
        Column("batch", pa.string(), "the batch's id, the same on every resend"),
        Column("attempt", pa.int32(), "which attempt it is, from 1"),
        Column("transport", pa.string(), "over what it is sent"),
        Column("status", pa.int32(), "the HTTP status that the page read"),
        Column("artworks", IDS, "the ids that it is about"),
        Column("queue_depth", pa.int32(), "ids that wait to be sent"),
        Column("in_flight", pa.int32(), "ids that were sent and not answered"),
        Column(DETAIL, pa.string(), "text, or a JSON object; the kind says which"),
    ),
)
