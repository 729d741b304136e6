"""The collector's HTTP: the page, the client's files, and whatever the client sends.

Every request to the client's endpoint leaves a receipt for each tab whose views it carried.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from aiohttp import web

from servers.collector.reading import Reader, ReaderEnded, Understood, View, WantedAnswer
from servers.collector.store import EventStore
from servers.ingest.instant import Instant, now
from servers.ingest.receipts import Receipts

_HERE = Path(__file__).parent
BODY_BYTES_MAX = 16 * 2**20
NUMBER = "impression-request"
"""The parameter that the page adds to each request of the client's: its number. What comes again
under one number was repeated by the browser, or by a proxy, and by no client."""
REPEATED = "repeated on its way"
"""A receipt's reason: its request was stored before."""
# no-cache means "ask before using"; no-store would keep the page out of the back/forward cache.
_FRESH = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
_FAILED = WantedAnswer(status=503, body="not stored")
_UNREAD = WantedAnswer(status=400, body="not understood")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The client under test: its adapter, the folder of its package (None: it has none), the
    endpoint it sends to, and what the page is given."""

    adapter: Path
    package: Path | None
    endpoint: str
    facts: dict[str, Any]


class Collector:
    """Answers the requests of one lifetime."""

    def __init__(
        self, client: Client, store: EventStore, reader: Reader, receipts: Receipts
    ) -> None:
        self._client = client
        self._store = store
        self._reader = reader
        self._receipts = receipts
        self._in_flight = 0

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.add_routes(
            [
                web.get("/collector/health", self._health),
                web.get("/collector/state", self._readiness),
                web.get("/readyz", self._readiness),
                web.get("/page", self._page),
                web.get("/client/page.mjs", self._script),
                web.get("/client/numbered.mjs", self._numbering),
                web.get("/client/adapter.mjs", self._adapter),
                web.get("/client/package/{name:.+}", self._package),
                web.route("*", f"{self._client.endpoint}{{rest:.*}}", self._collect),
            ]
        )
        return app

    # --- what a page asks for --------------------------------------------------------------------

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "lifetime": self._receipts.lifetime})

    async def _readiness(self, request: web.Request) -> web.Response:
        facts = {"ready": True, "in_flight": self._in_flight, "lifetime": self._receipts.lifetime}
        return web.json_response(facts)

    async def _page(self, request: web.Request) -> web.Response:
        # A "<" in JSON may end the element that it stands in.
        known = {**self._client.facts, "endpoint": self._client.endpoint, "number": NUMBER}
        facts = json.dumps(known).replace("<", "\\u003c")
        text = (_HERE / "page.html").read_text(encoding="utf-8").replace("FACTS", facts)
        return web.Response(text=text, content_type="text/html", headers=_FRESH)

    async def _script(self, request: web.Request) -> web.StreamResponse:
        return _javascript(_HERE / "page.mjs")

    async def _numbering(self, request: web.Request) -> web.StreamResponse:
        return _javascript(_HERE / "numbered.mjs")

    async def _adapter(self, request: web.Request) -> web.StreamResponse:
        return _javascript(self._client.adapter)

    async def _package(self, request: web.Request) -> web.StreamResponse:
        root = self._client.package
        path = root and (root / request.match_info["name"]).resolve()
        if root is None or path is None or not path.is_relative_to(root) or not path.is_file():
            raise web.HTTPNotFound
        return _javascript(path)

    # --- what the client sends -------------------------------------------------------------------

    async def _collect(self, request: web.Request) -> web.Response:
        if request.method == "OPTIONS":
            return web.Response(status=204)
        at = now()
        self._in_flight += 1
        try:
            body = await request.read()
            found = await self._read(request, body)
            return await self._stored(found, at, len(body), request.query.get(NUMBER, ""))
        finally:
            self._in_flight -= 1

    async def _read(self, request: web.Request, body: bytes) -> Understood:
        try:
            query = {name: value for name, value in request.query.items() if name != NUMBER}
            return await self._reader.read(request.path, query, request.headers, body)
        except ReaderEnded as error:
            return Understood(number=-1, answer=_FAILED, problem=str(error))

    async def _stored(self, found: Understood, at: Instant, size: int, number: str) -> web.Response:
        answer = found.answer or _UNREAD
        if found.problem:
            self._refused(at, [], answer, f"unread: {found.problem}", size)
            return _response(answer)
        if not found.views:  # a request of the client's own, without a view
            return _response(answer)
        try:
            written = await self._store.write(found.views, request=number)
        except psycopg.Error as error:
            unknown = isinstance(error, psycopg.OperationalError) and error.sqlstate is None
            reason = "outcome_unknown" if unknown else "database"
            self._refused(at, found.views, _FAILED, reason, size)
            return _response(_FAILED)
        committed = now()
        for tab in _tabs(found.views):
            new = [
                is_new
                for view, is_new in zip(found.views, written.new, strict=True)
                if _of(view) == tab
            ]
            receipt = self._receipts.begin(at)
            receipt.user, receipt.tab = tab
            receipt.artworks = [view.artwork for view in found.views if _of(view) == tab]
            receipt.bytes, receipt.received, receipt.status = size, len(new), answer.status
            receipt.reason = REPEATED if written.is_repeated else None
            receipt.committed(inserted=sum(new), duplicate=len(new) - sum(new), at=committed)
            self._receipts.write([receipt])
        return _response(answer)

    def _refused(
        self, at: Instant, views: Sequence[View], answer: WantedAnswer, reason: str, size: int
    ) -> None:
        """Leave a receipt of a request that was not stored, for each tab that it was of."""
        for user, tab in _tabs(views) or [(None, None)]:
            receipt = self._receipts.begin(at)
            receipt.user, receipt.tab = user, tab
            receipt.artworks = [view.artwork for view in views if _of(view) == (user, tab)]
            receipt.received = receipt.rejected = len(receipt.artworks)
            receipt.status, receipt.reason, receipt.bytes = answer.status, reason, size
            self._receipts.write([receipt])


def _of(view: View) -> tuple[str, str]:
    return view.user, view.tab


def _tabs(views: Sequence[View]) -> list[tuple[Any, Any]]:
    """Return user and tab of the views, each once, in their order."""
    return list(dict.fromkeys(_of(view) for view in views))


def _javascript(path: Path) -> web.FileResponse:
    return web.FileResponse(path, headers={**_FRESH, "Content-Type": "text/javascript"})


def _response(answer: WantedAnswer) -> web.Response:
    if isinstance(answer.body, str):
        return web.Response(status=answer.status, text=answer.body)
    return web.json_response(answer.body, status=answer.status)
