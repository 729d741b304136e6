"""A server that does nothing, and can stall: ``python -m benchmarks.load.responder READY``.

It answers every request with one small JSON object as soon as the body is there. With a stall,
whatever comes in the first ``--stall-s`` seconds of every ``--period-s`` is answered when they are
over: what a long checkpoint or a stopped virtual machine looks like from outside, and simple
enough to calculate what a client must measure.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from pathlib import Path

from harness.ledger.json_files import write_json

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_BODY = b'{"received":1,"inserted":1,"duplicate":0}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_BODY)
) + _BODY


def held_s(since_start_s: float, stall_s: float, period_s: float) -> float:
    """Return how long a request of that moment is held back."""
    into_s = since_start_s % period_s if period_s else 0.0
    return max(0.0, stall_s - into_s)


class Responder(asyncio.Protocol):
    """One connection; its requests are answered in the order in which they came."""

    def __init__(self, began_s: float, stall_s: float, period_s: float) -> None:
        self._began_s = began_s
        self._stall_s = stall_s
        self._period_s = period_s
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._held = self._held + data if self._held else data
        while (end := self._held.find(_HEAD_END)) >= 0:
            length = _LENGTH.search(self._held, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._held) < whole:
                return
            self._held = self._held[whole:]
            self._answer_in_time()

    def _answer_in_time(self) -> None:
        wait_s = held_s(self._loop.time() - self._began_s, self._stall_s, self._period_s)
        if wait_s > 0:
            self._loop.call_later(wait_s, self._answer)
        else:
            self._answer()

    def _answer(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(ANSWER)


async def serve(ready: Path, stall_s: float, period_s: float) -> None:
    """Serve on a free loopback port, whose number is written to ``ready``, until it is ended."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    server = await loop.create_server(
        lambda: Responder(began_s, stall_s, period_s), "127.0.0.1", 0, backlog=4096
    )
    write_json(ready, {"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load.responder")
    parser.add_argument("ready", type=Path)
    parser.add_argument("--stall-s", type=float, default=0.0)
    parser.add_argument("--period-s", type=float, default=0.0)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.ready, arguments.stall_s, arguments.period_s))


if __name__ == "__main__":
    main()
