"""A server whose page leaves alone what dead tabs left: whoever comes back delivers nothing."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable

from aiohttp import web

from servers.ingest.__main__ import main
from servers.ingest.config import Config
from servers.ingest.http.app import create_app
from servers.ingest.http.pages import CLIENT
from servers.ingest.storage.store import Store

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SOUND = "  async adopt(subject) {\n"
DEFECT = SOUND + "    return [];\n"


@web.middleware
async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with a queue that finds nobody dead."""
    if request.path != "/client/queue.js":
        return await handler(request)
    sound = (CLIENT / "queue.js").read_text(encoding="utf-8")
    spoilt = sound.replace(SOUND, DEFECT)
    assert spoilt != sound, "queue.js has changed; there is nothing to spoil"
    return web.Response(text=spoilt, content_type="text/javascript")


def create_spoilt(config: Config, store: Store) -> web.Application:
    """Return the application with the defect."""
    app = create_app(config, store)
    app.middlewares.append(spoil)
    return app


if __name__ == "__main__":
    sys.exit(main(app_factory=create_spoilt))
