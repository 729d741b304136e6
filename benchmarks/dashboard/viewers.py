"""``python -m benchmarks.dashboard.viewers PLAN``: viewers of a feed, until they are asked to end.

A process of its own: what the viewers take of the processor is not the server's.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from harness.ledger.json_files import read_json, write_json


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewersPlan:
    """Whose feed it is, the Cookie header of an admin, and how many watch."""

    url: str
    cookie: str
    viewers: int


async def watch(plan: ViewersPlan, ready: Path, stop: asyncio.Event) -> int:
    """Watch until ``stop``; ``ready`` is written when all do. Return the frames that came."""
    frames = 0
    headers = {"Cookie": plan.cookie, "Origin": plan.url}

    async def one(session: aiohttp.ClientSession, begun: asyncio.Event) -> None:
        nonlocal frames
        address = f"{plan.url}/admin/impressions/feed"
        async with session.ws_connect(address, headers=headers) as socket:
            async for _ in socket:
                begun.set()
                frames += 1

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        begun = [asyncio.Event() for _ in range(plan.viewers)]
        watching = [asyncio.create_task(one(session, event)) for event in begun]
        await asyncio.gather(*(event.wait() for event in begun))
        greetings = frames
        write_json(ready, {"viewers": plan.viewers})
        await stop.wait()
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    return frames - greetings


async def _main(plan: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    frames = await watch(ViewersPlan(**read_json(plan)), plan.with_suffix(".ready.json"), stop)
    write_json(plan.with_suffix(".done.json"), {"frames": frames})


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
