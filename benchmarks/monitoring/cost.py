"""What watching costs: the same load against a server that is watched and one that is not.

The watched one keeps count for the alerts (``--improvement rollups``), traces one batch in a
hundred to a collector on the same machine, and is scraped each second; production scrapes each
15 s. The other has no counters at all. Each has a PostgreSQL of its own; rounds alternate ABBA.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from benchmarks.figures import Spread, spread
from benchmarks.ground import Ground, Round, prepared
from harness.core.clock import pause
from harness.core.errors import HarnessError
from harness.process.processes import Processes

IDS = (200, 50, 3)
GOAL = 0.95
ARTWORKS = 10_000
"""Of the pool, which is what users see: every view changes a count of theirs."""
SCRAPE_S = 1.0
TRACED: tuple[str, ...] = ()
"""More options of the server that traces."""
VARIANTS: dict[str, tuple[bool, bool, bool]] = {
    "all": (True, True, True),
    "metrics": (True, False, False),
    "spans": (False, True, False),
    "rollups": (False, False, True),
}
"""Variant → whether it has metrics, spans, rollups."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CostTrial:
    """Rows a second watched and not, in pairs of neighbouring rounds; ``others`` is the share of
    the machine's CPU that other processes took in each round. ``watched_cpu_us`` and
    ``plain_cpu_us`` are the microseconds of CPU that server and PostgreSQL took for a row."""

    variant: str
    ids: int
    watched: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    watched_cpu_us: list[float] = field(default_factory=list)
    plain_cpu_us: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> Spread:
        """Return the ratio of each pair: watched, over not."""
        return spread([a / b for a, b in zip(self.watched, self.plain, strict=True)])

    @property
    def cpu_ratio(self) -> Spread:
        """Return the ratio of each pair's CPU for a row: watched, over not."""
        pairs = zip(self.watched_cpu_us, self.plain_cpu_us, strict=True)
        return spread([a / b for a, b in pairs])

    def add(self, done: Round, *, is_watched: bool) -> None:
        """Take one round."""
        cpu_us = 1e6 * (done.cpu_s["server"] + done.cpu_s["postgres"]) / done.rows
        (self.watched if is_watched else self.plain).append(done.rows_per_s)
        (self.watched_cpu_us if is_watched else self.plain_cpu_us).append(cpu_us)
        self.others.append(done.others)


@dataclass(slots=True)
class SpanSink:
    """Takes what is posted and counts it, as cheaply as aiohttp allows."""

    url: str = ""
    exports: int = 0

    async def take(self, request: web.Request) -> web.Response:
        """Count one export."""
        await request.read()
        self.exports += 1
        return web.Response()


@contextlib.asynccontextmanager
async def collecting() -> AsyncIterator[SpanSink]:
    """Listen on loopback until the block ends."""
    collector = SpanSink()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    collector.url = "http://{}:{}".format(*runner.addresses[0][:2])
    try:
        yield collector
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def _scraped(ground: Ground) -> AsyncIterator[list[int]]:
    """Ask for the metrics each second while the block lasts; yield the sizes of the answers."""
    sizes: list[int] = []

    async def scrape() -> None:
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            while True:
                async with session.get(f"{ground.url}/metrics") as response:
                    sizes.append(len(await response.read()))
                await pause(SCRAPE_S)

    scraping = asyncio.create_task(scrape())
    try:
        yield sizes
    finally:
        scraping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await scraping


async def cost(
    processes: Processes,
    variant: str,
    count: int,
    round_s: float,
    say: Say,
    sizes: Sequence[int] = IDS,
    done_with: Callable[[CostTrial], object] = lambda trial: None,
) -> list[CostTrial]:
    """Return a trial for each of the batch ``sizes``; ``count`` pairs of rounds of ``round_s``.

    ``done_with`` is called with each as soon as it is whole: a run that is cut short keeps some.
    Raises HarnessError when the watched server was not: no export came, or no scrape was answered.
    """
    metrics, spans, rollups = VARIANTS[variant]
    async with contextlib.AsyncExitStack() as stack:
        collector = await stack.enter_async_context(collecting())
        options = ["--improvement", "rollups"] if rollups else []
        options += ["--otlp", collector.url, *TRACED] if spans else []
        module = "servers.ingest" if metrics else "benchmarks.monitoring.unwatched"
        watched = await stack.enter_async_context(prepared(processes, options, module))
        unwatched = "benchmarks.monitoring.unwatched"
        plain = await stack.enter_async_context(prepared(processes, [], unwatched))
        for ground in (watched, plain):
            await ground.fill_pool(ARTWORKS)
            await ground.serve(50, 2, seed=0, artworks=ARTWORKS)  # once unmeasured
        scrapes: list[int] = []

        def refuse_unwatched() -> None:
            if spans and not collector.exports:
                raise HarnessError("the collector got no spans: nothing was measured")
            if metrics and not scrapes:
                raise HarnessError("no scrape was answered: nothing was measured")

        trials = [CostTrial(variant, ids) for ids in sizes]
        for trial in trials:
            for pair in range(count):
                for side in (True, False) if pair % 2 == 0 else (False, True):
                    if side and metrics:
                        async with _scraped(watched) as seen:
                            done = await watched.serve(trial.ids, round_s, pair, ARTWORKS)
                        scrapes += seen
                    else:
                        ground = watched if side else plain
                        done = await ground.serve(trial.ids, round_s, pair, ARTWORKS)
                    trial.add(done, is_watched=side)
                last = trial.watched[-1] / trial.plain[-1]
                cpu = trial.watched_cpu_us[-1] / trial.plain_cpu_us[-1]
                say(
                    f"{variant}, {trial.ids} ids: {trial.watched[-1]:,.0f} rows/s, "
                    f"{last:.3f}; {trial.watched_cpu_us[-1]:.1f} µs CPU a row, {cpu:.3f}"
                )
            refuse_unwatched()
            done_with(trial)
        refuse_unwatched()
    return trials
