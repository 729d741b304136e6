"""Shared collections: a link to a user's favourites, which cannot be guessed and can be revoked."""

from __future__ import annotations

import hashlib
import secrets

import msgspec
from aiohttp import web

from servers.ingest.batch import check_text, decode
from servers.ingest.http.body import check_headers, read_body
from servers.ingest.product.session import Changes, ProductContext
from servers.ingest.refusal import Refusal, json_response

SHARES_PATH = "/api/shares"
REVOKE_PATH = "/api/shares/revoke"
SHARED_PATH = "/api/shared"
_TOKEN_BYTES = 24
SHARED_MAX = 500
"""Artworks that a link shows."""
SHARES_MAX = 20
"""Links of one user that work at the same time."""

_MAKE = """
INSERT INTO shared_collections (token_digest, user_id)
SELECT %s, %s WHERE (
    SELECT count(*) FROM shared_collections WHERE user_id = %s AND revoked_at IS NULL
) < %s
RETURNING share_id::text
"""
_LIST = """
SELECT share_id::text, (extract(epoch FROM created_at) * 1000000)::bigint FROM shared_collections
WHERE user_id = %s AND revoked_at IS NULL ORDER BY created_at, share_id
"""
_REVOKE = """
UPDATE shared_collections SET revoked_at = now()
WHERE share_id::text = %s AND user_id = %s AND revoked_at IS NULL RETURNING 1
"""
_OWNER = "SELECT user_id FROM shared_collections WHERE token_digest = %s AND revoked_at IS NULL"
_SHARED = """
SELECT f.artwork_id, coalesce(a.title, f.artwork_id), a.picture
FROM favourites f LEFT JOIN art_sessions a ON a.id = f.artwork_id
WHERE f.user_id = %s AND f.is_favourite ORDER BY f.artwork_id LIMIT %s
"""


class NewShare(Changes):
    """The body of ``POST /api/shares``."""


class Revoked(Changes):
    """The body of ``POST /api/shares/revoke``; ``id`` is that of the link, not its secret."""

    id: str


class SharedLink(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of ``POST /api/shared``."""

    token: str


_NEW = msgspec.json.Decoder(NewShare)
_OLD = msgspec.json.Decoder(Revoked)
_LINK = msgspec.json.Decoder(SharedLink)


class SharesApi:
    """The handlers of shared collections."""

    def __init__(self, context: ProductContext) -> None:
        self._context = context

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.post(SHARES_PATH, self.make),
            web.get(SHARES_PATH, self.working),
            web.post(REVOKE_PATH, self.revoke),
            web.post(SHARED_PATH, self.shared),
        ]

    async def make(self, request: web.Request) -> web.Response:
        """Make a link; return its id and its secret, which is in this answer alone."""
        user, _ = await self._context.changes_of(request, _NEW)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        made = await self._context.ask(_MAKE, (_digest(token), user, user, SHARES_MAX))
        if not made:
            raise Refusal(409, "too_many_shares", f"{SHARES_MAX} links work already; revoke one")
        return json_response({"id": made[0][0], "token": token}, status=201)

    async def working(self, request: web.Request) -> web.Response:
        """Return the links of the signed-in user that work."""
        rows = await self._context.ask(_LIST, (self._context.user_of(request),))
        return json_response({"shares": [{"id": name, "createdAtUs": us} for name, us in rows]})

    async def revoke(self, request: web.Request) -> web.Response:
        """End a link of the signed-in user; 404 for one that is not theirs or has ended."""
        user, body = await self._context.changes_of(request, _OLD)
        check_text("id", body.id, self._context.limits.id_bytes)
        if not await self._context.ask(_REVOKE, (body.id, user)):
            raise Refusal(404, "no_share", "there is no such link of yours")
        return json_response({"revoked": body.id})

    async def shared(self, request: web.Request) -> web.Response:
        """Return the artworks behind a link, to anybody who has it: nothing else of its user.

        The secret comes in the body, so that it stands in no address and no log.
        """
        check_headers(request, self._context.origins)
        link = decode(_LINK, await read_body(request, self._context.limits))
        found = await self._context.ask(_OWNER, (_digest(link.token),))
        if not found:
            raise Refusal(404, "no_share", "there is no such link, or it was revoked")
        artworks = [
            {"id": artwork, "title": title, **({"picture": picture} if picture else {})}
            for artwork, title, picture in await self.collection(found[0][0])
        ]
        return json_response({"artworks": artworks}, headers={"Cache-Control": "no-store"})

    async def collection(self, user: str) -> list[tuple[str, str, str | None]]:
        """Return id, title and picture of a user's favourites, in order of id."""
        return [(a, b, c) for a, b, c in await self._context.ask(_SHARED, (user, SHARED_MAX))]


def _digest(token: str) -> bytes:
    """Return what is kept of a secret: who reads the table cannot use a link."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
