"""What an answer of a described system means: by its status, and by a field of its body."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from typing import Any

from harness.core.outcome import Outcome
from harness.target.described.form import AnswersTable
from harness.target.described.template import pointed
from harness.target.dialect import Meaning, Reply
from harness.target.retry_after import seconds_of

NOT_UNDERSTOOD = Meaning(Outcome.UNKNOWN)
"""An answer that the table does not name, a redirect say: no acknowledgement and no refusal."""

BODY_BYTES_MAX = 4 << 20
"""How much of a compressed answer is looked at."""
_GZIP, _ZLIB = 31, 15
_WORDS = ("accepted", "duplicate", "refused", "try_again")


class AnswerReader:
    """Reads answers by the table; the same answer always means the same."""

    def __init__(self, table: AnswersTable, *, resends: bool = True) -> None:
        """``resends``: what may be sent again is; where nothing may be stored twice at the price
        of a loss, it is not."""
        self._table = table
        self._resends = resends
        self._by_status = {
            status: word for status in range(100, 600) if (word := self._word(status))
        }

    def meaning(self, reply: Reply) -> Meaning:
        """Return what a reply means; ``status`` is never 0."""
        word = self._by_status.get(reply.status, "")
        content = _content(plain_body(reply)) if self._reads_body else None
        if word in ("accepted", "duplicate"):
            word = self._word_of_body(content, word)
        if word == "accepted":
            inserted = _count(content, self._table.inserted)
            return Meaning(
                Outcome.ACKNOWLEDGED,
                inserted=inserted,
                duplicate=_count(content, self._table.duplicates),
            )
        if word == "duplicate":
            return Meaning(Outcome.ACKNOWLEDGED)
        if word == "refused":
            return Meaning(Outcome.REFUSED)
        if word == "try_again":
            retry_after_s = seconds_of(reply.header("Retry-After"), reply.header("Date"))
            return Meaning(Outcome.UNKNOWN, may_resend=self._resends, retry_after_s=retry_after_s)
        return NOT_UNDERSTOOD

    def explained(self, reply: Reply) -> str:
        """Return what a reply means, in words for a reader."""
        meaning = self.meaning(reply)
        if meaning.outcome is Outcome.ACKNOWLEDGED:
            return "accepted"
        if meaning.outcome is Outcome.REFUSED:
            return "refused"
        return "try again" if meaning is not NOT_UNDERSTOOD else "none of the [answers]"

    @property
    def _reads_body(self) -> bool:
        table = self._table
        return not (table.field is table.error is table.inserted is table.duplicates is None)

    def _word(self, status: int) -> str:
        """Return what a status means: one that is named goes before its class."""
        listed = [(word, getattr(self._table, word)) for word in _WORDS]
        for one in (status, f"{status // 100}xx"):
            # Of two lists that name the same the more careful reading holds.
            found = [word for word, statuses in listed if one in statuses]
            if found:
                return found[-1]
        return ""

    def _word_of_body(self, content: Any, word: str) -> str:
        """Return what a body makes of an accepted status: an error goes before the field."""
        table = self._table
        if table.error is not None:
            if content is None:
                return ""
            if error := _there(content, table.error):
                code = error if table.error_code is None else _there(content, table.error_code)
                found = self._listed(code)
                return found if found != "accepted" else ""
        return word if table.field is None else self._listed(_there(content, table.field))

    def _listed(self, value: object) -> str:
        """Return the word under which the file lists a value; empty where it does not."""
        listed = ((word, getattr(self._table.values, word)) for word in _WORDS)
        return next((word for word, values in listed if _is_in(value, values)), "")


def is_listed(status: int, statuses: Iterable[int | str]) -> bool:
    """Return whether a status is listed, itself or its class (``2xx``)."""
    return not {status, f"{status // 100}xx"}.isdisjoint(statuses)


def _is_in(value: object, values: Iterable[object]) -> bool:
    """Return whether a value is listed; true is not 1."""
    return any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in values)


def plain_body(reply: Reply) -> bytes:
    """Return the body without its compression: a browser asks for it, and some servers compress
    what was not asked for. As it is where it cannot be unpacked, or is larger than any answer."""
    coding = (reply.header("Content-Encoding") or "").lower()
    wbits = _GZIP if reply.body[:2] == b"\x1f\x8b" else _ZLIB if coding == "deflate" else 0
    if not wbits:
        return reply.body
    try:
        return zlib.decompressobj(wbits).decompress(reply.body, BODY_BYTES_MAX)
    except zlib.error:
        return reply.body


def _content(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _there(content: Any, pointer: str) -> Any:
    """Return what a pointer leads to; None where there is nothing.

    A step ``*`` leads to every element of a list: the first in which something is there counts.
    """
    before, star, after = pointer.partition("/*")
    if not star or after[:1] not in ("", "/"):
        return _pointed(content, pointer)
    found = _pointed(content, before)
    if not isinstance(found, list):
        return _pointed(content, pointer)
    return next((there for one in found if (there := _there(one, after))), None)


def _pointed(content: Any, pointer: str) -> Any:
    try:
        return pointed(content, pointer)
    except LookupError:
        return None


def _count(content: Any, pointer: str | None) -> int | None:
    if pointer is None:
        return None
    value = _there(content, pointer)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
