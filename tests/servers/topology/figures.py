"""A server that shows the figures that a test sets."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from tests.harness.fake_run import listening


class Figures:
    """Metrics on loopback; an error while there are none."""

    def __init__(self) -> None:
        self.metrics: dict[str, float] = {}
        self.url = ""
        self.shown = 0

    @property
    def address(self) -> str:
        return self.url.removeprefix("http://")

    async def show(self, request: web.Request) -> web.Response:
        self.shown += 1
        if not self.metrics:
            return web.Response(status=503)
        lines = [f"{name} {value}" for name, value in self.metrics.items()]
        return web.Response(text="\n".join([*lines, ""]), content_type="text/plain")


@contextlib.asynccontextmanager
async def figures() -> AsyncIterator[Figures]:
    """Listen on a free port until the block ends."""
    shown = Figures()
    app = web.Application()
    app.add_routes([web.get("/metrics", shown.show)])
    async with listening(app) as shown.url:
        yield shown
