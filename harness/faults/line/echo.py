"""The far end of a calibration: reads and sends a given number of bytes, with the time of reading.

A request is ``HEAD``: a mark, how many bytes follow up, how many shall come down; then the bytes.
The answer is the time at which all had arrived (ns, monotonic: both ends share this machine's
clock), then the rest. A connection that does not begin with the mark is a visitor's, on the same
path: it is carried on to its own destination.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from harness.core.clock import now
from harness.faults.line.path import Streams
from harness.faults.line.relay import carry

_MARK = b"\0echo"
_HEAD = struct.Struct(">5sII")
_HEARD = struct.Struct(">Q")
_AT_ONCE = 65_536
REQUEST_BYTES, ANSWER_BYTES = _HEAD.size, _HEARD.size
"""The least that an exchange sends up and down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """When a request was sent, read whole at the far end, and answered whole; ns, monotonic."""

    sent_ns: int
    heard_ns: int
    done_ns: int


@asynccontextmanager
async def echo_server(visitors_to: Callable[[], int] | None = None) -> AsyncIterator[int]:
    """Serve on a free loopback port for the length of the block; return the port.

    ``visitors_to`` returns the port for other connections; without it they are closed.
    """
    talks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
                await _talk(reader, writer, visitors_to)
        finally:
            talks.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def exchange(streams: Streams, *, up: int = 0, down: int = 0) -> Exchange:
    """Send ``up`` bytes and read ``down``. Raises OSError or EOFError when it ends early."""
    reader, writer = streams
    sent_ns = now().mono_ns
    writer.write(_HEAD.pack(_MARK, up, down) + bytes(up))
    await writer.drain()
    (heard_ns,) = _HEARD.unpack(await reader.readexactly(_HEARD.size))
    await reader.readexactly(down)
    return Exchange(sent_ns=sent_ns, heard_ns=heard_ns, done_ns=now().mono_ns)


async def _talk(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    visitors_to: Callable[[], int] | None,
) -> None:
    first = await reader.read(1)
    if first and first != _MARK[:1]:
        if visitors_to is not None:
            onward = await asyncio.open_connection("127.0.0.1", visitors_to())
            onward[1].write(first)
            await carry((reader, writer), onward)
        return
    while first:
        mark, up, down = _HEAD.unpack(first + await reader.readexactly(_HEAD.size - len(first)))
        if mark != _MARK:
            return
        while up:
            chunk = await reader.read(min(up, _AT_ONCE))
            if not chunk:
                return
            up -= len(chunk)
        writer.write(_HEARD.pack(now().mono_ns) + bytes(down))
        await writer.drain()
        first = await reader.read(1)
