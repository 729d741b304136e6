"""Counts what arrives of many datagrams: loss as the two ends of a line see it."""

from __future__ import annotations

import asyncio
import socket
import struct

from harness.core.clock import pause

_NUMBER = struct.Struct(">I")
_AT_ONCE = 40
_APART_S = 0.01
"""A device queues 500 packets; forty every ten milliseconds never fill it."""


async def volley(sender: socket.socket, receiver: socket.socket, count: int, last_s: float) -> int:
    """Send numbered datagrams on a connected socket; return how many different ones arrived.

    It ends when all have arrived, or ``last_s`` after the last was sent.
    """
    loop = asyncio.get_running_loop()
    arrived: set[int] = set()

    async def receive() -> None:
        while len(arrived) < count:
            datagram = await loop.sock_recv(receiver, 64)
            arrived.add(_NUMBER.unpack(datagram)[0])

    for one in (sender, receiver):
        one.setblocking(False)
    receiving = asyncio.create_task(receive())
    try:
        for number in range(count):
            await loop.sock_sendall(sender, _NUMBER.pack(number))
            if number % _AT_ONCE == _AT_ONCE - 1:
                await pause(_APART_S)
        await asyncio.wait({receiving}, timeout=last_s)
    finally:
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)
    return len(arrived)
