"""A server whose page never comes: it takes the request and says nothing."""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web
from aiohttp.typedefs import Handler

from servers.ingest.__main__ import main
from servers.ingest.config import Config
from servers.ingest.http.app import create_app
from servers.ingest.storage.store import Store


def app_with_a_mute_page(config: Config, store: Store) -> web.Application:
    @web.middleware
    async def say_nothing(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == "/display":
            await asyncio.Event().wait()
        return await handler(request)

    app = create_app(config, store)
    app.middlewares.append(say_nothing)
    return app


if __name__ == "__main__":
    sys.exit(main(app_factory=app_with_a_mute_page))
