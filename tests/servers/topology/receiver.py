"""Slack and PagerDuty on loopback: they keep what they are sent, and the figures that cause it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from aiohttp import web


class Notification(NamedTuple):
    """One notification: who received it, and the words that name the alert and its state."""

    receiver: str
    state: str
    alert: str
    body: dict[str, Any]


class Receiver:
    """Takes notifications, and shows metrics that a test sets."""

    def __init__(self) -> None:
        self.received: list[Notification] = []
        self.metrics: dict[str, float] = {}
        self.url = ""
        self.shown = 0
        self._paged: dict[str, str] = {}

    @property
    def address(self) -> str:
        return self.url.removeprefix("http://")

    async def slack(self, request: web.Request) -> web.Response:
        body = await request.json()
        state, _, alert = body["attachments"][0]["title"].split()
        self.received.append(Notification(f"slack {body['channel']}", state, alert, body))
        return web.Response(text="ok")

    async def pagerduty(self, request: web.Request) -> web.Response:
        body = await request.json()
        state = {"trigger": "firing", "resolve": "resolved"}[body["event_action"]]
        summary = (body.get("payload") or {}).get("summary", "")
        key = body["dedup_key"]
        alert = self._paged.setdefault(key, summary.partition(":")[0])
        self.received.append(Notification("pagerduty", state, alert, body))
        return web.json_response({"status": "success"}, status=202)

    async def show(self, request: web.Request) -> web.Response:
        self.shown += 1
        if not self.metrics:
            return web.Response(status=503)
        lines = [f"{name} {value}" for name, value in self.metrics.items()]
        return web.Response(text="\n".join([*lines, ""]), content_type="text/plain")

    def of(self, alert: str) -> set[tuple[str, str]]:
        """Who was sent which state of an alert."""
        return {(one.receiver, one.state) for one in self.received if one.alert == alert}


@contextlib.asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Listen on a free port until the block ends."""
    taken = Receiver()
    app = web.Application()
    app.add_routes(
        [
            web.post("/slack", taken.slack),
            web.post("/pagerduty", taken.pagerduty),
            web.get("/metrics", taken.show),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server = site._server
    assert isinstance(server, asyncio.Server)
    taken.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield taken
    finally:
        await runner.cleanup()
