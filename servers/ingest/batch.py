"""From bytes to a batch: parse, then say exactly what is wrong with it."""

from __future__ import annotations

import re
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec

from servers.ingest.config import Limits
from servers.ingest.refusal import Refusal

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_T = TypeVar("_T")
COUNT_MAX = 2**53
_Int = Annotated[int, msgspec.Meta(ge=0, le=COUNT_MAX)]


class Batch(NamedTuple):
    """What a batch says."""

    artwork_ids: list[str]
    batch_id: str | None = None
    tab_id: str | None = None
    seq: int | None = None
    attempt: int | None = None
    transport: str | None = None
    subject: str | None = None
    experiments: dict[str, Any] | None = None
    counters: dict[str, Any] | None = None


class _Body(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A batch as it is written. A field that is not known is refused: it may be misspelt."""

    artwork_ids: list[str]
    batch_id: str | None = None
    tab_id: str | None = None
    seq: _Int | float | None = None
    attempt: _Int | float | None = None
    transport: str | None = None
    subject: str | None = None
    counters: dict[str, Any] | None = None
    experiments: dict[str, Any] | None = None


class SignIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of a sign-in. The tier goes into the session, as a real sign-in would have it."""

    user_id: str
    tier: str | None = None


_BODY = msgspec.json.Decoder(_Body)
_SIGN_IN = msgspec.json.Decoder(SignIn)


def parse_batch(body: bytes) -> Batch:
    """Return the batch in ``body``; raise Refusal 400 that names the field or item."""
    fields = decode(_BODY, body)
    return Batch(
        artwork_ids=fields.artwork_ids,
        batch_id=fields.batch_id,
        tab_id=fields.tab_id,
        seq=_whole("seq", fields.seq),
        attempt=_whole("attempt", fields.attempt),
        transport=fields.transport,
        subject=fields.subject,
        experiments=fields.experiments,
        counters=fields.counters,
    )


def parse_sign_in(body: bytes) -> SignIn:
    """Return the sign-in in ``body``; raise Refusal 400 that names the field."""
    return decode(_SIGN_IN, body)


def check_batch(batch: Batch, limits: Limits) -> None:
    """Raise Refusal 400 for the first thing in ``batch`` that may not be stored.

    Repeated ids are fine: a client that shows an artwork twice has done nothing wrong.
    """
    ids = batch.artwork_ids
    if not ids:
        raise Refusal(400, "empty_batch", "artworkIds is empty; send at least one id")
    if len(ids) > limits.ids:
        raise Refusal(
            400, "too_many_ids", f"artworkIds has {len(ids)} ids; the limit is {limits.ids}"
        )
    if not _all_fine(ids, limits.id_bytes):
        for index, artwork in enumerate(ids):
            check_text(f"artworkIds[{index}]", artwork, limits.id_bytes, item=index)
    for name, text in (
        ("batchId", batch.batch_id),
        ("tabId", batch.tab_id),
        ("transport", batch.transport),
        ("subject", batch.subject),
    ):
        if text is not None:
            check_text(name, text, limits.id_bytes)


def check_text(name: str, text: str, bytes_max: int, *, item: int | None = None) -> None:
    """Raise Refusal 400 unless ``text`` is 1 to ``bytes_max`` UTF-8 bytes, no control character."""
    if not text:
        raise Refusal(400, "bad_id", f"{name} is empty", item=item)
    control = _CONTROL.search(text)
    if control:
        character = f"U+{ord(control.group()):04X}"
        raise Refusal(
            400,
            "bad_id",
            f"{name} holds the control character {character} at position {control.start()}",
            item=item,
        )
    try:
        length = len(text.encode())
    except UnicodeEncodeError as error:
        raise Refusal(
            400, "bad_id", f"{name} holds a lone surrogate at position {error.start}", item=item
        ) from None
    if length > bytes_max:
        raise Refusal(
            400, "bad_id", f"{name} is {length} bytes long; the limit is {bytes_max}", item=item
        )


def _all_fine(ids: list[str], bytes_max: int) -> bool:
    """Say quickly that all ids are fine; False means: look at each.

    Almost every batch is plain ASCII, and then three passes at C speed decide for all ids.
    """
    joined = "".join(ids)
    return (
        joined.isascii()
        and joined.isprintable()  # in ASCII exactly: no control character
        and all(ids)
        and max(map(len, ids)) <= bytes_max
    )


def decode(decoder: msgspec.json.Decoder[_T], body: bytes) -> _T:
    """Return what ``body`` holds; raise Refusal 400 that names what is wrong with it."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Refusal(400, "bad_field", str(error), item=_item_of(str(error))) from None
    except msgspec.DecodeError as error:
        raise Refusal(400, "bad_json", str(error)) from None
    except UnicodeDecodeError as error:
        raise Refusal(400, "bad_json", f"not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise Refusal(400, "bad_json", "nested too deeply") from None


def _whole(name: str, number: float | None) -> int | None:
    """Return a number as an integer: JSON knows only numbers, and 1.0 is as whole as 1."""
    if number is None or isinstance(number, int):
        return number
    if number.is_integer() and 0 <= number <= COUNT_MAX:
        return int(number)
    raise Refusal(400, "bad_field", f"{name} is not a whole number from 0 to {COUNT_MAX}")


def _item_of(message: str) -> int | None:
    found = re.search(r"\$\.artworkIds\[(\d+)\]", message)
    return int(found.group(1)) if found else None
