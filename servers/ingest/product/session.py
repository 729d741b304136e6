"""Who asks, and what they send: the same rules for every request of the product."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from aiohttp import web
from psycopg.rows import TupleRow

from servers.ingest.batch import decode
from servers.ingest.config import Limits
from servers.ingest.http.body import check_headers, read_body
from servers.ingest.http.origins import Origins
from servers.ingest.http.session import Signer
from servers.ingest.refusal import Refusal

Ask = Callable[[str, tuple[object, ...]], Awaitable[list[TupleRow]]]
"""Runs one statement with its parameters over the connections that read: no impression waits."""

CHANGES_MAX = 100
"""Changes in one request."""

T = TypeVar("T", bound="Changes")


class Changes(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A body of changes; ``subject`` is the user whose they are."""

    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductContext:
    """What every handler of the product needs."""

    ask: Ask
    signer: Signer
    origins: Origins
    limits: Limits

    def user_of(self, request: web.Request) -> str:
        """Return the signed-in user; raise Refusal 401."""
        user = self.signer.user_of(request)
        if user is None:
            raise Refusal(401, "not_signed_in", "no valid session; POST /api/session first")
        return user

    async def changes_of(
        self, request: web.Request, decoder: msgspec.json.Decoder[T]
    ) -> tuple[str, T]:
        """Return who is signed in and the decoded body; raise Refusal.

        A body that names another user is a 409: a page may send what somebody before has left.
        """
        check_headers(request, self.origins)
        user = self.user_of(request)
        body = decode(decoder, await read_body(request, self.limits))
        if body.subject != user:
            raise Refusal(409, "other_user", "subject is not the signed-in user; nothing was done")
        return user, body
