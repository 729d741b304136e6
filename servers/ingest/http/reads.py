"""What may be read: the session, the artworks, one's own freshness."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from urllib.parse import quote

from aiohttp import web

from servers.ingest.admission.sessions import SessionLimits
from servers.ingest.batch import check_text, parse_sign_in
from servers.ingest.config import Limits
from servers.ingest.freshness.cache import Json, KeptAnswers
from servers.ingest.http.body import check_headers, read_body
from servers.ingest.http.origins import Origins
from servers.ingest.http.session import Signer, set_cookie
from servers.ingest.metrics import Metrics
from servers.ingest.refusal import Refusal, json_response
from servers.ingest.storage.store import Artwork, Store

ARTWORKS_MAX = 2_000


class Reads:
    """The handlers that store no impression."""

    def __init__(
        self,
        store: Store,
        signer: Signer,
        origins: Origins,
        limits: Limits,
        *,
        sessions: SessionLimits,
        metrics: Metrics,
        answers: KeptAnswers,
        tiers: Collection[str],
    ) -> None:
        self._sessions = sessions
        self._metrics = metrics
        self._answers = answers
        self._store = store
        self._signer = signer
        self._origins = origins
        self._limits = limits
        self._tiers = tiers

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/api/session", self.sign_in),
            web.get("/api/session", self.who_am_i),
            web.get("/api/artworks", self.artworks),
            web.get("/api/artworks/fresh", self.fresh),
            web.get("/api/users/me/freshness", self.freshness),
        ]

    async def sign_in(self, request: web.Request) -> web.Response:
        """Sign in the user that the body names, without a password: this is a server for tests."""
        check_headers(request, self._origins)
        wanted = parse_sign_in(await read_body(request, self._limits))
        user, tier = wanted.user_id, wanted.tier
        check_text("userId", user, self._limits.id_bytes)
        if tier is not None and tier not in self._tiers:
            known = ", ".join(sorted(self._tiers)) or "none"
            raise Refusal(400, "unknown_tier", f"tier is not one of: {known}")
        try:
            self._sessions.admit(user)
        except Refusal as refusal:
            self._metrics.sessions.labels(refusal.code).inc()
            raise
        self._metrics.sessions.labels("made").inc()
        response = web.Response(status=204)
        set_cookie(response, self._signer.sign(user, tier=tier), secure=request.secure)
        return response

    async def who_am_i(self, request: web.Request) -> web.Response:
        """Return the signed-in user, or 401."""
        return json_response({"userId": self._user(request)})

    async def artworks(self, request: web.Request) -> web.Response:
        """Return active artworks in the order of ``seed``; the same seed, the same order."""
        limit = _limit(request)
        seed = request.query.get("seed", "0")
        check_text("seed", seed, self._limits.id_bytes)
        found = _listed(await self._store.artworks(limit=limit, seed=seed))
        return json_response(_linked(found) if has_links(request) else found)

    async def fresh(self, request: web.Request) -> web.Response:
        """Return active artworks that the signed-in user has not seen."""
        user, limit = self._user(request), _limit(request)

        async def ask() -> Json:
            return _listed(await self._store.fresh(user, limit=limit))

        return json_response(await self._answers.get(f"fresh:{limit}:{user}", ask))

    async def freshness(self, request: web.Request) -> web.Response:
        """Return how much of the active pool the signed-in user has seen."""
        user = self._user(request)

        async def ask() -> Json:
            total, viewed, source = await self._store.freshness(user)
            unseen = round(100 * (total - viewed) / total, 2) if total else None
            answer = {"viewed": viewed, "total": total, "unseenPercent": unseen}
            return answer if source is None else {**answer, "source": source}

        return json_response(await self._answers.get(f"freshness:{user}", ask))

    def _user(self, request: web.Request) -> str:
        user = self._signer.user_of(request)
        if user is None:
            raise Refusal(401, "not_signed_in", "no valid session; POST /api/session first")
        return user


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", "10")
    # int() also reads "+1", "1_0" and other alphabets' digits; the document promises none of them.
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Refusal(400, "bad_query", f"limit is not a number from 1 to {ARTWORKS_MAX}")
    limit = int(text)
    if not 1 <= limit <= ARTWORKS_MAX:
        raise Refusal(400, "bad_query", f"limit is not a number from 1 to {ARTWORKS_MAX}")
    return limit


def _listed(artworks: Iterable[Artwork]) -> Json:
    found = [artwork._asdict() for artwork in artworks]
    return {"artworks": [{k: v for k, v in one.items() if v is not None} for one in found]}


def has_links(request: web.Request) -> bool:
    """Return whether the addresses of pictures are asked for; raise Refusal 400."""
    pictures = request.query.get("pictures")
    if pictures not in (None, "linked"):
        raise Refusal(400, "bad_query", "pictures is not: linked")
    return pictures is not None


def _linked(listed: Json) -> Json:
    """Return the list with the address of each picture in the place of the picture."""
    for one in listed["artworks"]:
        if one.pop("picture", None) is not None:
            one["pictureUrl"] = f"/api/pictures?id={quote(one['id'], safe='')}"
    return listed
