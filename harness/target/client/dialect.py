"""What the harness knows of a client's HTTP: where its requests go, and nothing of what is in them.

Only its adapter reads a client's requests, in the collector. The client sends them by itself, so
there is no request that the harness could make in its place.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import quote

from harness.core.errors import HarnessError
from harness.core.outcome import Outcome
from harness.target.dialect import (
    BatchEncoder,
    BatchFields,
    HttpRequest,
    Meaning,
    MetricNames,
    Reply,
    Session,
    plain_load_id,
)
from harness.target.neighbours import Likeness

VISITOR_COOKIE = "visitor"
"""The cookie by which the page knows whose views it has the client track."""


@dataclass(frozen=True, slots=True)
class ClientDialect:
    """The collector's HTTP around one client's ``endpoint``."""

    endpoint: str
    health_path: str = "/collector/health"
    readiness_path: str = "/collector/state"
    metrics: MetricNames | None = None
    batch_method: str = "POST"
    neighbours: frozenset[Likeness] = frozenset()

    def artwork_id(self, number: int) -> str:
        """Return the ids that every collector's page shows."""
        return f"artwork-{number:04d}"

    def load_artwork_id(self, number: int) -> str:
        """Return ``load-000000`` and so on."""
        return plain_load_id(number)

    def sign_in(self, user: str) -> None:
        """Return that there is no sign-in."""

    def session_without_sign_in(self, user: str) -> Session:
        """Return the cookie that names the visitor to the page."""
        name = quote(user, safe="")
        return Session(
            cookies={VISITOR_COOKIE: name}, headers={"Cookie": f"{VISITOR_COOKIE}={name}"}
        )

    def session_of(self, reply: Reply) -> Session:
        """Raise HarnessError: there is no sign-in."""
        _refuse("it has no sign-in")

    def batch_request(self, artworks: Sequence[str], tab: str) -> HttpRequest:
        """Raise HarnessError: only the client makes its requests."""
        _refuse("it makes its requests by itself")

    def claimed_batch(self, artworks: Sequence[str], tab: str, subject: str) -> None:
        """Return that its requests name no other user than the visitor."""

    def batch_encoder(self, host: str, *, coding: str = "identity") -> BatchEncoder:
        """Raise HarnessError: a load generator runs no client."""
        _refuse("a load generator cannot run it")

    def understand(self, reply: Reply) -> Meaning:
        """Return what a status means to most clients; what it means to this one, it decides."""
        if 200 <= reply.status < 300:
            return Meaning(Outcome.ACKNOWLEDGED)
        is_final = 400 <= reply.status < 500
        return Meaning(Outcome.REFUSED if is_final else Outcome.UNKNOWN, may_resend=not is_final)

    def is_batch_path(self, path: str) -> bool:
        """Return whether the path is one of the client's."""
        return path.startswith(self.endpoint)

    def batch_fields(self, body: bytes) -> BatchFields:
        """Return that a body says nothing of itself that a fault could be chosen by."""
        return BatchFields()

    def in_flight(self, reply: Reply) -> int:
        """Return how many requests the collector is working on."""
        try:
            return int(json.loads(reply.body)["in_flight"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{self.readiness_path} does not tell in_flight") from error


def _refuse(why: str) -> NoReturn:
    raise HarnessError(f"the target is a client in a page: {why}")
