"""HTTP as this server speaks it: errors are JSON even where no handler ran."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp.streams import StreamReader
from aiohttp.web import RequestPayloadError
from aiohttp.web_protocol import RequestHandler

from servers.ingest.http.app import SERVER
from servers.ingest.http.express import Express, Lane
from servers.ingest.refusal import Refusal

KEEP_ALIVE_S = 75.0
LINGER_S = 2.0
STOP_S = 5.0
"""How long requests that run may take at the end."""
UNREAD_S = 1.0
"""How long a client that reads no answer may take then."""
_LOOK_S = 0.01


class _Protocol(RequestHandler):
    """One connection."""

    _payload: StreamReader | None = None
    """The body of the newest request: the only one that may not have arrived whole."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._messages:
            self._payload = self._messages[-1][1]

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio asks for the answer
        """Keep the connection of a client that asks no more until it has its answers.

        A body that has not arrived whole never will: reading it fails.
        """
        if self.transport is None or self._is_idle:
            return False
        if self._payload is not None and not self._payload.is_eof():
            self._payload.set_exception(RequestPayloadError("the client sent no more"))
        self._close_when_idle()
        return True

    def _close_when_idle(self) -> None:
        if self._is_idle:
            self.force_close()
        elif self.transport is not None:
            self._loop.call_later(_LOOK_S, self._close_when_idle)

    @property
    def _is_idle(self) -> bool:
        """Return whether it waits for a request."""
        return self._waiter is not None and not self._waiter.done()

    def close(self) -> None:
        """Close the connection: now if it is idle, else after the answers that are due."""
        if self._is_idle:
            self.force_close()
        else:
            super().close()

    def abort_unread(self) -> None:
        """Drop a client that does not read its answer."""
        if self.transport is not None and self.transport.get_write_buffer_size() > 0:
            self.transport.abort()

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
            await app[SERVER].drain()
            await _part(manager, lane)
    finally:
        await runner.cleanup()
        listener.close()


async def _part(manager: web.Server, lane: Lane | None) -> None:
    """Close every connection: idle ones now, others after their answer; return when all are gone.

    Who does not read is dropped after ``UNREAD_S``, and what still runs after ``STOP_S``.
    """
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    await asyncio.sleep(0)  # noqa: TID251 - what has arrived is a request from now on
    manager.pre_shutdown()
    while left := [*manager.connections, *(lane.connections if lane else ())]:
        waited_s = loop.time() - began_s
        if waited_s > STOP_S:
            break
        if waited_s > UNREAD_S:
            for connection in left:
                if isinstance(connection, Express | _Protocol):
                    connection.abort_unread()
        await asyncio.sleep(_LOOK_S)  # noqa: TID251 - sockets close when their clients let them
    for connection in left:
        if isinstance(connection, Express | _Protocol) and connection.transport is not None:
            connection.transport.abort()
