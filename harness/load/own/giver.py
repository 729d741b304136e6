"""Gives out the names and ids of a locustfile, and knows them again in its requests."""

from __future__ import annotations

from typing import Any, NamedTuple

from harness.core.clock import Instant, now
from harness.load.own.rows import Answered, OwnRows
from harness.target.described.dialect import DescribedDialect
from harness.target.described.ids import ViewIds
from harness.target.dialect import Reply, load_user


class GivenView(NamedTuple):
    """A view whose id was given out: whose it is, the id by which the harness knows it, when."""

    user: str
    artwork: str
    at: Instant


class Giver:
    """Gives out names and ids; writes down what became of those that are sent."""

    def __init__(
        self, ids: ViewIds, dialect: DescribedDialect | None, rows: OwnRows | None
    ) -> None:
        """``dialect`` and ``rows`` are None where nothing is judged."""
        self._ids = ids
        self._dialect = dialect
        self._rows = rows
        self._users = 0
        self._given: dict[str, GivenView] = {}

    def user(self) -> str:
        """Return the name of a new user."""
        self._users += 1
        return load_user(self._ids.mark.seed, self._users - 1)

    def seen(self, by: str) -> str | int:
        """Return a new id for a view of a user."""
        artwork = self._ids.artwork(len(self._given), of_load=True)
        sent = self._ids.sent(by, artwork)
        view = GivenView(by, artwork, now())
        self._given[str(sent)] = view
        if self._rows is not None:
            self._rows.intended(view.user, view.artwork, view.at)
        return sent

    def answered(self, response: Any, response_time: float, exception: object) -> None:
        """Take one of Locust's request events: what it carried, and what the answer means.

        ``response_time`` is in milliseconds. An answer to a redirected request is the first one.
        """
        if self._rows is None or self._dialect is None:
            return
        self._rows.requests += 1
        if response is None:
            return
        first = (getattr(response, "history", None) or [response])[0]
        views = self._views_in(getattr(first, "request", None))
        if not views:
            return
        status = int(first.status_code or 0)
        content = first.content if isinstance(first.content, bytes) else b""
        reply = Reply(status, content if status else b"", _head(first), _words(exception))
        meaning = self._dialect.understand(reply) if status else self._dialect.silence
        self._rows.answered(
            Answered(
                views=[(view.user, view.artwork, view.at) for view in views],
                outcome=meaning.outcome,
                inserted=meaning.inserted,
                status=status,
                error=None if status else reply.error or "no answer",
                bytes=len(_bytes(first.request.body)),
                took_ns=round(response_time * 1e6),
                done=now(),
            )
        )

    def _views_in(self, request: Any) -> list[GivenView]:
        """Return the views whose ids a request carries: in its body, or as a step of its path."""
        if request is None or self._dialect is None:
            return []
        found = self._dialect.ids_of(_bytes(getattr(request, "body", None)))
        steps = str(request.url).partition("?")[0].split("/")
        return [self._given[one] for one in dict.fromkeys([*found, *steps]) if one in self._given]


def _bytes(body: object) -> bytes:
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b""


def _head(response: Any) -> bytes:
    fields = dict(response.headers or {}).items()
    return "\r\n".join(["", *(f"{name}: {value}" for name, value in fields)]).encode("latin-1")


def _words(exception: object) -> str | None:
    return None if exception is None else f"{type(exception).__name__}: {exception}"[:200]
