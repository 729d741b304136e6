"""Carries connections from one network into another: bytes, ends and resets, nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable

_AT_ONCE = 65_536
_RESET = struct.pack("ii", 1, 0)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Onward = Callable[[], Awaitable[Streams]]


class Relay:
    """Accepts on a listening socket, whose network it keeps, and connects onward from ours.

    What ends on one side ends on the other, a reset as a reset; where nothing listens onward the
    client is reset. ``onward`` is called anew for every connection.
    """

    def __init__(self, listener: socket.socket, onward: Onward) -> None:
        self._listener = listener
        self._onward = onward
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to accept."""
        self._server = await asyncio.start_server(self._accepted, sock=self._listener)

    async def stop(self) -> None:
        """Accept no more and cut every connection."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._carry((reader, writer))
        except asyncio.CancelledError:
            reset(writer)
        finally:
            self._tasks.discard(task)

    async def _carry(self, client: Streams) -> None:
        try:
            server = await self._onward()
        except OSError:
            reset(client[1])
            return
        await carry(client, server)


async def connect(host: str, port: int) -> Streams:
    """Connect from our own network."""
    return await asyncio.open_connection(host, port)


async def carry(one: Streams, other: Streams) -> None:
    """Carry bytes both ways until both have ended; what is reset on one side is on the other."""
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_pump(one[0], other[1]))
            both.create_task(_pump(other[0], one[1]))
    except* OSError:
        reset(one[1])
        reset(other[1])
    finally:
        for writer in (one[1], other[1]):
            writer.close()


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection at once, so that the other side receives a reset."""
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_AT_ONCE):
        writer.write(chunk)
        await writer.drain()
    with contextlib.suppress(OSError):
        if writer.can_write_eof():
            writer.write_eof()
