"""Calls to a browser over one WebSocket: what CDP and WebDriver BiDi have in common."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from typing import Any, Self

import aiohttp

from harness.browsers.base import EVALUATE_TIMEOUT_S, BrowserLost
from harness.core.errors import TargetNotReady

_MOST_BYTES = 64 * 2**20


class SocketConnection:
    """A connection whose calls are numbered and answered by number; an async context manager."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._exits = contextlib.AsyncExitStack()
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def __aenter__(self) -> Self:
        session = await self._exits.enter_async_context(aiohttp.ClientSession())
        try:
            connecting = session.ws_connect(self._url, max_msg_size=_MOST_BYTES)
            self._socket = await self._exits.enter_async_context(connecting)
        except aiohttp.ClientError as error:
            await self._exits.aclose()
            raise BrowserLost(f"the browser does not take a session: {error}") from error
        reading = asyncio.create_task(self._read(self._socket))
        self._exits.push_async_callback(ended, reading)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exits.aclose()
        self._socket = None

    async def call(
        self,
        method: str,
        timeout_s: float = EVALUATE_TIMEOUT_S,
        /,
        *,
        session: str | None = None,
        **params: Any,
    ) -> dict[str, Any]:
        """Call a method, of a CDP session where one is given; return its result.

        Raises BrowserLost when no answer comes within the time, TargetNotReady for an error.
        """
        if self._socket is None or self._socket.closed:
            raise BrowserLost(f"the browser is gone: could not call {method}")
        number = next(self._numbers)
        pending = self._waiting[number] = asyncio.get_running_loop().create_future()
        request = {"id": number, "method": method, "params": params}
        if session is not None:
            request["sessionId"] = session
        try:
            await self._socket.send_json(request)
            async with asyncio.timeout(timeout_s):
                response = await pending
        except (TimeoutError, ConnectionError, aiohttp.ClientError) as error:
            raise BrowserLost(f"the browser did not answer {method}: {error}") from error
        finally:
            del self._waiting[number]
        if "error" in response:  # BiDi: a code with a message beside it; CDP: an object with one
            code = response["error"]
            reason = code.get("message") if isinstance(code, dict) else response.get("message")
            raise TargetNotReady(f"could not call {method}: {reason}")
        result: dict[str, Any] = response.get("result", {})
        return result

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            response = json.loads(message.data)
            waiting = self._waiting.get(response.get("id"))
            if waiting is not None and not waiting.done():
                waiting.set_result(response)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("the connection ended"))


async def ended(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait until it has ended; its exception is dropped."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
