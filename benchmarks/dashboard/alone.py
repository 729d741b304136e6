"""What viewers take of the server's CPU, by itself: the feed and its sockets, without batches.

Receipts come at a rate, as the combiner writes them. No database and no client share the processor
with what is measured, so that a machine which does other work changes little.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from aiohttp import web

from benchmarks.dashboard.feed import viewers
from benchmarks.dashboard.viewers import PATH, ViewersPlan, artwork_of
from benchmarks.figures import Spread, spread
from harness.core.clock import every
from harness.core.errors import HarnessError
from harness.process.processes import Processes
from servers.ingest.admin.access import Admin
from servers.ingest.admin.feed import Feed
from servers.ingest.admin.socket import serve_feed, viewer_of
from servers.ingest.receipts import Receipt

GROUPS_PER_S = 20
"""How often receipts are written, each time a group."""
IDS = 20
USERS, ARTWORKS = 1_000, 10_000
_ID_BYTES = 512
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class AloneTrial:
    """Milliseconds of CPU a second with viewers and without, in pairs of neighbouring rounds, and
    how many frames came; with ``by_artwork`` each viewer has a filter of its own."""

    viewers: int
    batches_per_s: int
    by_artwork: bool
    watched_ms: list[float] = field(default_factory=list)
    plain_ms: list[float] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)

    @property
    def cost_ms(self) -> Spread:
        """Return what watching takes in each pair, ms of CPU a second."""
        pairs = zip(self.watched_ms, self.plain_ms, strict=True)
        return spread([watched - plain for watched, plain in pairs])


async def feed_alone(
    processes: Processes, trial: AloneTrial, count: int, round_s: float, say: Say
) -> AloneTrial:
    """Return a trial with ``count`` pairs of rounds of ``round_s``.

    Raises HarnessError when viewers got nothing in a round: then nothing was measured.
    """
    directory = processes.scratch("feed")
    async with _served() as (feed, url):
        plan = ViewersPlan(
            url=url, cookie="a=b", viewers=trial.viewers, by_artwork=trial.by_artwork
        )
        for pair in range(count):
            for is_watched in (True, False) if pair % 2 == 0 else (False, True):
                if not is_watched:
                    trial.plain_ms.append(await _round(feed, trial.batches_per_s, round_s))
                    continue
                async with viewers(processes, directory, plan) as frames:
                    trial.watched_ms.append(await _round(feed, trial.batches_per_s, round_s))
                trial.frames.append(frames())
                if frames() < trial.viewers:
                    raise HarnessError("the viewers got no frames: nothing was measured")
            cost = trial.watched_ms[-1] - trial.plain_ms[-1]
            say(f"{trial.batches_per_s} batches/s: watching takes {cost:.1f} ms of CPU a second")
    return trial


@contextlib.asynccontextmanager
async def _served() -> AsyncIterator[tuple[Feed, str]]:
    feed = Feed("benchmark")

    async def handler(request: web.Request) -> web.WebSocketResponse:
        admin = Admin("boss", sys.maxsize)
        return await serve_feed(request, feed, viewer_of(request, feed, _ID_BYTES), admin)

    app = web.Application()
    app.router.add_get(PATH, handler)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield feed, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        feed.close()
        await runner.cleanup()


async def _round(feed: Feed, batches_per_s: int, round_s: float) -> float:
    """Return the milliseconds of CPU that this process took a second."""
    size = batches_per_s // GROUPS_PER_S
    began_s, used_s = time.monotonic(), time.process_time()
    async for group in every(1 / GROUPS_PER_S, round(round_s * GROUPS_PER_S)):
        feed.tap(_receipts(group * size, size))
    return 1000 * (time.process_time() - used_s) / (time.monotonic() - began_s)


def _receipts(first: int, count: int) -> list[Receipt]:
    """Return new receipts: both kinds of rounds make the same."""
    return [
        Receipt(
            1,
            "batch",
            "benchmark",
            user=f"bench-{number % USERS:04}",
            batch=f"b-{number}",
            artworks=[artwork_of((number * IDS + one) % ARTWORKS) for one in range(IDS)],
            status=200,
            received=IDS,
            inserted=IDS,
            received_wall_ns=10**18,
            received_mono_ns=10**6,
            committed_mono_ns=4 * 10**6,
        )
        for number in range(first, first + count)
    ]
