"""A server with one part replaced: what is promised to a variant that appends a middleware."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from servers.ingest.config import Config
from servers.ingest.http.app import create_app
from servers.ingest.storage.store import Store
from tests.servers.ingest.site import make_config, running, visitor

pytestmark = pytest.mark.stack


@pytest.mark.asyncio
@pytest.mark.parametrize("reads", ["before", "after"])
async def test_a_middleware_may_read_the_body_before_or_after_the_server(
    database: str, tmp_path: Path, reads: str
) -> None:
    """Whether it all came with the headers or not: the server must not eat it."""
    bodies: list[bytes] = []

    @web.middleware
    async def look(request: web.Request, handler: Handler) -> web.StreamResponse:
        if reads == "before":
            bodies.append(await request.read())
        answer = await handler(request)
        if reads == "after":
            bodies.append(await request.read())
        return answer

    def factory(config: Config, store: Store) -> web.Application:
        app = create_app(config, store)
        app.middlewares.append(look)
        return app

    async with (
        running(make_config(database), app_factory=factory) as site,
        visitor(site.url) as ann,
    ):
        bodies.clear()  # of the sign-in
        answers = [await ann.send(["a" * size]) for size in (1, 400)]
    assert [answer.status for answer in answers] == [200, 200]
    assert all(b"artworkIds" in body for body in bodies)
    assert len(bodies) == 2
