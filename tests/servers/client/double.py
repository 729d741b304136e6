"""A target that misbehaves on demand: the contract's endpoints, with answers set by the test."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from time import monotonic
from types import TracebackType
from typing import Any

from aiohttp import web

from tests import ROOT

CLIENT = ROOT / "servers" / "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the endpoint does with one request; every part of it by default the good one."""

    status: int = 200
    retry_after: str | None = None
    drop: bool = False  # close the connection without an answer
    cut: bool = False  # break off in the middle of the answer's body
    text: str | None = None
    location: str | None = None
    gate: asyncio.Event | None = None  # answer only once this is set


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One batch as it arrived."""

    at: float
    body: dict[str, Any]
    bytes: int
    content_type: str

    @property
    def ids(self) -> list[str]:
        return list(self.body["artworkIds"])

    @property
    def transport(self) -> str:
        return str(self.body["transport"])


@dataclass
class Target(AbstractAsyncContextManager["Target"]):
    """Serves the client's files and the batch endpoint on a free port of loopback."""

    requests: list[Request] = field(default_factory=list)
    answers: deque[Answer] = field(default_factory=deque)  # for the next requests, one each
    pictures: dict[int, str] = field(default_factory=dict)
    usual: Answer = field(default_factory=Answer)  # when `answers` is empty
    user: str | None = "visitor"
    config: Answer = field(default_factory=lambda: Answer(status=404))  # of the recorder
    config_asked: int = 0
    head: str = ""  # more of the page's head
    url: str = ""
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _runner: web.AppRunner | None = None

    @property
    def arrived(self) -> set[str]:
        """Every id that any request carried."""
        return {artwork for request in self.requests for artwork in request.ids}

    async def until(self, fact: Callable[[], bool], what: str, *, within_s: float = 30) -> None:
        """Wait for something that only a request can bring about."""
        try:
            async with asyncio.timeout(within_s), self._changed:
                await self._changed.wait_for(fact)
        except TimeoutError:
            seen = [(r.transport, r.body.get("attempt"), r.ids[:5]) for r in self.requests]
            raise AssertionError(f"not within {within_s} s: {what}; requests: {seen}") from None

    async def __aenter__(self) -> Target:
        app = web.Application(client_max_size=2**21)
        app.router.add_get("/display", self._display)
        app.router.add_get("/blank", self._empty)
        app.router.add_static("/client", CLIENT)
        app.router.add_get("/api/session", self._session)
        app.router.add_post("/api/session", self._sign_in)
        app.router.add_get("/api/recorder-config", self._recorder_config)
        app.router.add_get("/api/artworks", self._artworks)
        app.router.add_post("/api/artworks/batch-impressions", self._batch)
        # A request that is held for ever must not hold the test: no grace for open ones.
        self._runner = web.AppRunner(app, shutdown_timeout=0.01)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _display(self, _: web.Request) -> web.StreamResponse:
        if not self.head:
            return web.FileResponse(CLIENT / "display.html")
        page = (CLIENT / "display.html").read_text(encoding="utf-8")
        text = page.replace("<title>", f"{self.head}<title>", 1)
        return web.Response(text=text, content_type="text/html")

    async def _empty(self, _: web.Request) -> web.Response:
        return web.Response(
            text="<!doctype html><title>elsewhere</title>", content_type="text/html"
        )

    async def _session(self, _: web.Request) -> web.Response:
        if self.user is None:
            return web.json_response({"error": "not signed in"}, status=401)
        return web.json_response({"userId": self.user})

    async def _sign_in(self, request: web.Request) -> web.Response:
        self.user = (await request.json())["userId"]
        return web.Response(status=204)

    async def _recorder_config(self, request: web.Request) -> web.StreamResponse:
        self.config_asked += 1
        answer = self.config
        if answer.gate is not None:
            await answer.gate.wait()
        if answer.cut:
            return await self._cut(request)
        return web.Response(
            text=answer.text or "", status=answer.status, content_type="application/json"
        )

    async def _artworks(self, request: web.Request) -> web.Response:
        count, seed = int(request.query["limit"]), request.query["seed"]
        artworks = [{"id": f"art-{seed}-{n}", "title": f"Artwork {n}"} for n in range(count)]
        for number, picture in self.pictures.items():
            artworks[number]["picture"] = picture
        return web.json_response({"artworks": artworks})

    async def _batch(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        body = json.loads(raw)
        answer = self.answers.popleft() if self.answers else self.usual
        arrived = Request(
            at=monotonic(), body=body, bytes=len(raw), content_type=request.content_type
        )
        async with self._changed:
            self.requests.append(arrived)
            self._changed.notify_all()
        if answer.gate is not None:
            await answer.gate.wait()
        if answer.drop:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if body.get("subject") not in (None, self.user):
            answer = Answer(status=409)
        named = {"Retry-After": answer.retry_after, "Location": answer.location}
        headers = {name: value for name, value in named.items() if value is not None}
        if answer.cut:
            return await self._cut(request)
        if answer.text is not None:
            return web.Response(text=answer.text, status=answer.status, headers=headers)
        count = len(body["artworkIds"])
        counts = {"received": count, "inserted": len(set(body["artworkIds"])), "duplicate": 0}
        return web.json_response(counts, status=answer.status, headers=headers)

    async def _cut(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"received": 1,')
        assert request.transport is not None
        request.transport.close()
        return response
