"""``python -m benchmarks.dashboard.viewers PLAN``: viewers of a feed, until they are asked to end.

A process of its own: what the viewers take of the processor is not the server's.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from harness.ledger.json_files import read_json, write_json

PATH = "/admin/impressions/feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewersPlan:
    """Whose feed it is, the Cookie header of an admin, how many watch, and whether each watches one
    artwork of its own."""

    url: str
    cookie: str
    viewers: int
    by_artwork: bool = False

    def address(self, number: int) -> str:
        """Return what a viewer opens, numbered from 0."""
        return f"{self.url}{PATH}" + (f"?artwork={artwork_of(number)}" if self.by_artwork else "")


def artwork_of(number: int) -> str:
    """Return the id of an artwork."""
    return f"artwork-{number:07}"


async def watch(plan: ViewersPlan, ready: Path, stop: asyncio.Event) -> int:
    """Watch until ``stop``; ``ready`` is written when all do. Return the frames that came.

    Raises aiohttp.WSServerHandshakeError when the feed is refused.
    """
    frames = 0
    headers = {"Cookie": plan.cookie, "Origin": plan.url}

    async def read(socket: aiohttp.ClientWebSocketResponse) -> None:
        nonlocal frames
        async for _ in socket:
            frames += 1

    async with contextlib.AsyncExitStack() as held:
        connector = aiohttp.TCPConnector(limit=0)
        session = await held.enter_async_context(aiohttp.ClientSession(connector=connector))
        sockets = []
        for number in range(plan.viewers):
            opening = session.ws_connect(plan.address(number), headers=headers)
            sockets.append(await held.enter_async_context(opening))
            await sockets[-1].receive()  # the greeting
        reading = [asyncio.create_task(read(socket)) for socket in sockets]
        write_json(ready, {"viewers": plan.viewers})
        await stop.wait()
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
    return frames


async def _main(plan: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    frames = await watch(ViewersPlan(**read_json(plan)), plan.with_suffix(".ready.json"), stop)
    write_json(plan.with_suffix(".done.json"), {"frames": frames})


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
