"""HTTP as this server speaks it: errors are JSON even where no handler ran."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from servers.ingest.http.app import SERVER
from servers.ingest.refusal import Refusal

KEEP_ALIVE_S = 75.0
LINGER_S = 2.0
STOP_S = 5.0


class _Protocol(RequestHandler):
    """One connection."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer bytes that are not HTTP as every other mistake is answered."""
        ours = status >= 500
        reason = "an error of the server" if ours else " ".join((message or "").split())
        if ours:
            self.log_exception("a request failed", exc_info=exc)
        response = Refusal(status, "internal" if ours else "bad_http", reason).response()
        response.force_close()
        return response


@contextlib.asynccontextmanager
async def listening(app: web.Application, listener: socket.socket) -> AsyncIterator[None]:
    """Answer on ``listener`` with ``app`` until the block ends, then finish what runs.

    The app starts before the first connection is taken and is cleaned up after the last answer.
    ``listener`` is closed in any case.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_S)
    await runner.setup()
    try:
        manager = runner.server
        assert manager is not None
        loop = asyncio.get_running_loop()

        def long_way() -> _Protocol:
            return _Protocol(
                manager,
                loop=loop,
                access_log=None,  # type: ignore[arg-type]
                # body.py does it, where a broken body has a user and leaves a receipt.
                auto_decompress=False,
                keepalive_timeout=KEEP_ALIVE_S,
                # A refused body is read on for so long, or a reset would overtake the answer.
                lingering_time=LINGER_S,
            )

        lane = app[SERVER].lane(app, long_way, keep_alive_s=KEEP_ALIVE_S)
        server = await loop.create_server(
            long_way if lane is None else lane.connection, sock=listener, backlog=1024
        )
        try:
            yield
        finally:
            server.close()
            if lane is not None:
                lane.close()
    finally:
        await runner.cleanup()
        listener.close()
