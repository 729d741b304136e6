"""Which artworks the signed-in user may like next, none of which was seen before."""

from __future__ import annotations

from typing import NamedTuple

from aiohttp import web

from servers.ingest.batch import check_text
from servers.ingest.http.reads import has_links
from servers.ingest.product.session import ProductContext
from servers.ingest.refusal import Refusal, json_response

IMPROVEMENT = "prediction"
"""The migration whose name in the server's settings turns predictions on."""
PREDICTIONS_PATH = "/api/predictions"
PICTURES_PATH = "/api/pictures"
TOP = 10

# What has been seen since the model was trained is left out when it is read. Where the user's list
# ends, or is none, the popular ones follow.
_NEXT = """
WITH latest AS (
    SELECT version FROM prediction_models ORDER BY version DESC LIMIT 1
), ranked AS (
    SELECT p.artwork_id, 0 AS part, p.rank::integer AS rank
    FROM predicted_artworks p JOIN latest USING (version) WHERE p.user_id = %s
    UNION ALL
    SELECT q.artwork_id, 1, q.rank FROM popular_artworks q JOIN latest USING (version)
    WHERE NOT EXISTS (
        SELECT FROM predicted_artworks p
        WHERE p.version = q.version AND p.user_id = %s AND p.artwork_id = q.artwork_id)
)
SELECT a.id, a.title, a.picture, CASE part WHEN 0 THEN 'model' ELSE 'popularity' END
FROM ranked JOIN art_sessions a ON a.id = ranked.artwork_id
WHERE a.pool_status = 'active' AND NOT EXISTS (
    SELECT FROM user_art_impressions i WHERE i.user_id = %s AND i.artwork_id = a.id)
ORDER BY part, rank LIMIT %s
"""
_PICTURE = "SELECT picture FROM art_sessions WHERE id = %s AND picture IS NOT NULL"
_PICTURE_HEADERS = {
    "Cache-Control": "private, max-age=86400",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
_VERSION = "SELECT max(version) FROM prediction_models"


class Prediction(NamedTuple):
    """One artwork, and which ranking it comes from: ``model`` or ``popularity``."""

    artworkId: str  # noqa: N815 - the name in the answer
    title: str
    picture: str | None
    ranking: str


class PredictionsApi:
    """The handler of predictions."""

    def __init__(self, context: ProductContext) -> None:
        self._context = context

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.get(PREDICTIONS_PATH, self.next), web.get(PICTURES_PATH, self.picture)]

    async def next(self, request: web.Request) -> web.Response:
        """Return up to ten artworks that the user has not seen, the likeliest first.

        ``version`` is the model's, null before the first one: then there are none.
        """
        user = self._context.user_of(request)
        ((version,),) = await self._context.ask(_VERSION, ())
        found = await self.read(user)
        if has_links(request):
            found = [one._replace(picture=None) for one in found]
        artworks = [one._asdict() for one in found]
        return json_response({"userId": user, "version": version, "artworks": artworks})

    async def read(self, user: str) -> list[Prediction]:
        """Return up to ten artworks that the user has not seen, the likeliest first."""
        rows = await self._context.ask(_NEXT, (user, user, user, TOP))
        return [Prediction(*row) for row in rows]

    async def picture(self, request: web.Request) -> web.Response:
        """Return the picture of an artwork, for a day in the browser's cache; 404 without one.

        Scripts in it run nowhere, not even where it is opened by itself.
        """
        artwork = request.query.get("id", "")
        check_text("id", artwork, self._context.limits.id_bytes)
        rows = await self._context.ask(_PICTURE, (artwork,))
        if not rows:
            raise Refusal(404, "no_picture", "there is no picture of this artwork")
        return web.Response(text=rows[0][0], content_type="image/svg+xml", headers=_PICTURE_HEADERS)
