"""Redis's protocol, as much of it as a cache needs: commands and replies over one connection.

RESP2 (https://redis.io/docs/latest/develop/reference/protocol-spec/): a command is an array of bulk
strings, a reply one of five types. Requests are pipelined: replies come in the order of commands.
"""

from __future__ import annotations

import asyncio
from collections import deque

END = b"\r\n"
BULK_BYTES_MAX = 16 << 20

Reply = bytes | int | None


class RespError(Exception):
    """An error that Redis answered; its text is one line."""


class NotResp(ConnectionError):
    """What came is no reply: nothing that follows on this connection can be read."""


def encoded(*words: bytes) -> bytes:
    """Return a command as it travels."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        parts += (b"$%d\r\n" % len(word), word, END)
    return b"".join(parts)


async def read_reply(reader: asyncio.StreamReader) -> Reply:
    """Read a reply: text and bulk strings as bytes, nil as None.

    Raises RespError for an error that Redis answered, NotResp for what is no reply, and OSError or
    EOFError (asyncio.IncompleteReadError) for a connection that broke.
    """
    try:
        line = await reader.readuntil(END)
    except asyncio.LimitOverrunError as error:
        raise NotResp("a reply's first line has no end") from error
    kind, rest = line[:1], line[1:-2]
    if kind == b"+":
        return rest
    if kind == b"-":
        raise RespError(rest.decode("utf-8", "replace"))
    if kind not in (b":", b"$"):
        raise NotResp(f"a reply of another type: {line[:32]!r}")
    try:
        number = int(rest)
    except ValueError as error:
        raise NotResp(f"no number in a reply: {line[:32]!r}") from error
    if kind == b":":
        return number
    if number == -1:
        return None
    if not 0 <= number <= BULK_BYTES_MAX:
        raise NotResp(f"a reply of {number} bytes")
    return (await reader.readexactly(number + len(END)))[: -len(END)]


class RespConnection:
    """One connection. After an error it is closed, and what waits on it fails with it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._waiting: deque[asyncio.Future[Reply]] = deque()
        self._reading = asyncio.create_task(self._read())

    @property
    def is_open(self) -> bool:
        """Return whether it can still be asked."""
        return not self._reading.done()

    async def ask(self, *words: bytes) -> Reply:
        """Send a command and return its reply. Raises RespError, and ConnectionError when the
        connection is or gets lost."""
        if not self.is_open:
            raise ConnectionError("the connection to Redis is closed")
        answered: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append(answered)
        self._writer.write(encoded(*words))
        return await answered

    async def close(self) -> None:
        """Close it; what waits for a reply gets a ConnectionError."""
        self._reading.cancel()
        await asyncio.wait([self._reading])

    async def _read(self) -> None:
        why: Exception = ConnectionError("the connection to Redis was closed")
        try:
            while True:
                try:
                    reply = await read_reply(self._reader)
                except RespError as error:
                    self._settle(error)
                else:
                    self._settle(reply)
        except (OSError, EOFError) as error:
            why = ConnectionError(f"the connection to Redis broke: {error}")
        finally:
            self._writer.close()
            while self._waiting:
                self._settle(why)

    def _settle(self, reply: Reply | Exception) -> None:
        """Give a reply to whom it belongs; who was cancelled meanwhile has no use for it."""
        if not self._waiting:
            raise ConnectionError("a reply that no command asked for")
        answered = self._waiting.popleft()
        if answered.done():
            return
        if isinstance(reply, Exception):
            answered.set_exception(reply)
        else:
            answered.set_result(reply)


async def connect(host: str, port: int) -> RespConnection:
    """Connect to a Redis. Raises OSError."""
    return RespConnection(*await asyncio.open_connection(host, port))
