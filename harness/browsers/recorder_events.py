"""Take events of a page's recorder and convert them to rows (docs/target-contract.md, section 3).

Any page may be on the other side of the binding, so no text raises: one that is not an event of the
contract becomes a row ``unrecognised`` with the text, which readers report as a gap.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any

import msgspec

from harness.browsers.base import OnEvent, RestoredPage
from harness.ledger.kinds.base import Count, encoded, leaves, name_of
from harness.ledger.kinds.client import QueueState, RecorderEvent, Transport, Unrecognised

_EVENTS: Mapping[str, type[RecorderEvent]] = {name_of(one): one for one in leaves(RecorderEvent)}
_TEXT_MAX = 10_000
"""How many characters of an unrecognised event are kept."""


class _Event(msgspec.Struct, rename="camel"):
    """An event of the contract; ``at`` is in milliseconds since the epoch."""

    type: str
    at: Annotated[float, msgspec.Meta(ge=0, le=9e12)] | None = None
    number: Count | None = None
    tab: str | None = None
    user: str | None = None
    batch: str | None = None
    attempt: Count | None = None
    transport: Transport | None = None
    status: Count | None = None
    artworks: tuple[str, ...] | None = None
    queue_depth: Count | None = None
    in_flight: Count | None = None
    bytes: Count | None = None
    reason: str | None = None
    delay_ms: float | None = None
    inserted: Count | None = None
    duplicate: Count | None = None


class _Telemetry(msgspec.Struct, rename="camel"):
    queue_depth: Count | None = None
    in_flight: Count = 0


_KNOWN = frozenset(_Event.__struct_encode_fields__)


def event_row(text: str, user: str, tab: str) -> RecorderEvent | Unrecognised:
    """Return the row of a page's event, a JSON text; ``user`` and ``tab`` are the defaults where
    the event names none."""
    try:
        facts = msgspec.json.decode(text)
        event = msgspec.convert(facts, _Event)
    except (ValueError, RecursionError) as error:
        return _unrecognised(text, user, tab, str(error))
    kind = _EVENTS.get(event.type)
    if kind is None:
        return _unrecognised(text, user, event.tab or tab, f"unknown type {event.type!r}")
    return kind(
        user=event.user or user,
        tab=event.tab,
        page_wall_ns=round((event.at or 0) * 1e6),
        number=event.number,
        batch=event.batch,
        attempt=event.attempt,
        transport=event.transport,
        status=event.status,
        artworks=event.artworks,
        queue_depth=event.queue_depth,
        in_flight=event.in_flight,
        body_bytes=event.bytes,
        reason=event.reason,
        delay_ms=event.delay_ms,
        inserted=event.inserted,
        duplicate=event.duplicate,
        more=_rest(facts),
    )


def queue_rows(
    user: str, tab: str, ids: Sequence[str], telemetry: object
) -> list[QueueState | Unrecognised]:
    """Return the row of a page's queued ids and its ``recorder.telemetry()``, and one more row
    when the telemetry does not keep the contract.

    A page that counts none of its ids has as many as it lists.
    """
    rows: list[QueueState | Unrecognised] = []
    try:
        depth = msgspec.convert(telemetry, _Telemetry)
    except ValueError as error:
        depth = _Telemetry()
        rows.append(_unrecognised(encoded(telemetry), user, tab, f"telemetry: {error}"))
    queue = QueueState(
        user=user,
        tab=tab,
        artworks=tuple(ids),
        queue_depth=len(ids) if depth.queue_depth is None else depth.queue_depth,
        in_flight=depth.in_flight,
        telemetry=telemetry if isinstance(telemetry, dict) else None,
    )
    return [queue, *rows]


def _rest(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in _KNOWN}


def _unrecognised(text: str, user: str, tab: str, problem: str) -> Unrecognised:
    plain = text[:_TEXT_MAX].encode("utf-8", "backslashreplace").decode()
    return Unrecognised(user=user, tab=tab, problem=problem, text=plain)


async def hear_restored(
    page: RestoredPage, hear: OnEvent, events: str, until_up: Callable[[], Awaitable[None]]
) -> None:
    """Listen to a page until it is up; pass on what it reported before, then the rest, each once.

    ``events`` is the function that returns all that the page has reported. What comes before it
    has returned waits, or the ledger would have events in an order in which they never happened.
    Raises what ``until_up`` raises; what was reported until then is passed on all the same.
    """
    heard: dict[str, None] = {}
    earlier: list[str] = []
    is_caught_up = False

    def take(text: str) -> None:
        if is_caught_up and text not in heard:
            hear(text)
        heard[text] = None

    try:
        await page.listen(take, events)
        await until_up()
        earlier = await page.evaluate(events)
    finally:
        heard = dict.fromkeys([*map(str, earlier), *heard])
        for text in heard:
            hear(text)
        is_caught_up = True
