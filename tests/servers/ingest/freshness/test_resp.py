"""Redis's protocol: what is sent and read, and that nothing waits on a connection that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from servers.ingest.freshness.resp import (
    BULK_BYTES_MAX,
    NotResp,
    RespConnection,
    RespError,
    connect,
    encoded,
    read_reply,
)

pytestmark = pytest.mark.asyncio


async def read(data: bytes) -> bytes | int | None:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return await read_reply(reader)


@asynccontextmanager
async def answering(*pieces: bytes) -> AsyncIterator[RespConnection]:
    """A server that reads something, sends these pieces and closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    connection = await connect(host, port)
    try:
        yield connection
    finally:
        await connection.close()
        server.close()
        await server.wait_closed()


async def test_a_command_is_an_array_of_bulk_strings() -> None:
    assert encoded(b"SET", b"k", b"\r\n") == b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\n\r\n\r\n"
    assert encoded(b"GET", "ü".encode()) == b"*2\r\n$3\r\nGET\r\n$2\r\n\xc3\xbc\r\n"


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (b"+OK\r\n", b"OK"),
        (b":12\r\n", 12),
        (b"$5\r\na\r\nb!\r\n", b"a\r\nb!"),
        (b"$0\r\n\r\n", b""),
        (b"$-1\r\n", None),
    ],
)
async def test_replies(data: bytes, reply: bytes | int | None) -> None:
    assert await read(data) == reply


@pytest.mark.parametrize(
    "data",
    [
        b"*1\r\n$1\r\na\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
        b"$x\r\n",
        b":\r\n",
        b"$-2\r\n",
        b"$%d\r\n" % (BULK_BYTES_MAX + 1),
        b"+" + b"x" * 70_000 + b"\r\n",
    ],
)
async def test_what_is_no_reply(data: bytes) -> None:
    with pytest.raises(NotResp):
        await read(data)


async def test_an_error_that_redis_answers_has_its_text() -> None:
    with pytest.raises(RespError, match="WRONGTYPE no string"):
        await read(b"-WRONGTYPE no string\r\n")


@pytest.mark.parametrize("data", [b"", b"+O", b"$5\r\nabc"])
async def test_a_reply_that_is_cut_short_is_an_end(data: bytes) -> None:
    with pytest.raises(EOFError):
        await read(data)


async def test_replies_come_in_the_order_of_commands_and_an_error_is_one_s_own() -> None:
    async with answering(b"$1\r\na\r\n-ERR no\r\n", b":3\r\n") as connection:
        first, second, third = await asyncio.gather(
            *(connection.ask(b"GET", name) for name in (b"1", b"2", b"3")), return_exceptions=True
        )
    assert first == b"a"
    assert isinstance(second, RespError)
    assert third == 3


@pytest.mark.parametrize("pieces", [(b"$9\r\nhalf",), (b"HTTP/1.1 400\r\n\r\n",), ()])
async def test_what_waits_on_a_connection_that_breaks_fails_with_it(
    pieces: tuple[bytes, ...],
) -> None:
    async with answering(*pieces) as connection:
        results = await asyncio.gather(
            connection.ask(b"GET", b"a"), connection.ask(b"GET", b"b"), return_exceptions=True
        )
        assert all(isinstance(one, ConnectionError) for one in results)
        assert not connection.is_open
        with pytest.raises(ConnectionError):
            await connection.ask(b"GET", b"c")


async def test_who_gave_up_does_not_get_another_s_reply() -> None:
    async with answering(b"$1\r\na\r\n$1\r\nb\r\n") as connection:
        gone = asyncio.ensure_future(connection.ask(b"GET", b"1"))
        other = asyncio.ensure_future(connection.ask(b"GET", b"2"))
        await asyncio.wait([gone, other], timeout=0)  # both have asked
        gone.cancel()
        assert await other == b"b"
