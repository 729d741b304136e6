"""Favourites: a heart on an artwork, set or taken back, each change once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from aiohttp import web

from servers.ingest.batch import check_text
from servers.ingest.product.session import CHANGES_MAX, Changes, ProductContext
from servers.ingest.refusal import Refusal, json_response

FAVOURITES_PATH = "/api/favourites"

# A change is known by its id: one that is sent again, after others of the same artwork, turns
# nothing back. The row stays when the heart is taken back, so two changes at once wait for each
# other there, and none is lost.
_CHANGE = """
WITH new AS (
    INSERT INTO favourite_changes (user_id, change_id) VALUES (%s, %s)
    ON CONFLICT DO NOTHING RETURNING user_id
)
INSERT INTO favourites AS f (user_id, artwork_id, is_favourite)
SELECT user_id, %s, %s FROM new
ON CONFLICT (user_id, artwork_id) DO UPDATE
SET is_favourite = excluded.is_favourite, changes = f.changes + 1, changed_at = now()
RETURNING 1
"""


class FavouriteChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A heart is set or taken back; ``id`` is the same however often this is sent."""

    id: str
    artwork_id: str
    favourite: bool


class FavouriteChanges(Changes):
    """The body of ``POST /api/favourites``."""

    changes: list[FavouriteChange]


_CHANGES = msgspec.json.Decoder(FavouriteChanges)


class FavouritesApi:
    """The handler of favourites."""

    def __init__(self, context: ProductContext) -> None:
        self._context = context

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.post(FAVOURITES_PATH, self.changed)]

    async def changed(self, request: web.Request) -> web.Response:
        """Make changes in their order; return how many of them were new."""
        user, body = await self._context.changes_of(request, _CHANGES)
        if not 1 <= len(body.changes) <= CHANGES_MAX:
            raise Refusal(400, "bad_changes", f"changes are not 1 to {CHANGES_MAX}")
        for number, one in enumerate(body.changes):
            check_text(f"changes[{number}].id", one.id, self._context.limits.id_bytes)
            check_text(
                f"changes[{number}].artworkId", one.artwork_id, self._context.limits.id_bytes
            )
        return json_response({"changed": await self.change(user, body.changes)})

    async def change(self, user: str, changes: Sequence[FavouriteChange]) -> int:
        """Make the changes that are new, in their order, and return their number.

        Each is a transaction: one that fails leaves those before it done, and they are known when
        all are sent again.
        """
        return sum([await self.change_one(user, one) for one in changes])

    async def change_one(self, user: str, change: FavouriteChange) -> bool:
        """Make a change; return whether it was new."""
        parameters = (user, change.id, change.artwork_id, change.favourite)
        return bool(await self._context.ask(_CHANGE, parameters))
