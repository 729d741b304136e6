"""The trials: throughput beside pgbench, latency at the roadmap's rate, memory over a long run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.figures import Slope, Spread, memory_slope, percentile, spread
from benchmarks.ground import Ground, Round
from benchmarks.machine import rss_bytes
from benchmarks.wire import Load, Sent
from harness.core.clock import NS_PER_S, pause

RATE_ROWS_S = 1_667
MEMORY_IDS = 10
_SAMPLE_S = 0.25
_NS_PER_MS = 1_000_000

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How long each trial runs, and how often."""

    pairs: int
    round_s: float
    latency_s: float
    memory_impressions: int
    kills: int


FULL = Size(pairs=6, round_s=5, latency_s=30, memory_impressions=1_000_000, kills=100)
QUICK = Size(pairs=2, round_s=3, latency_s=8, memory_impressions=200_000, kills=5)


@dataclass(frozen=True, slots=True)
class Throughput:
    """Rows a second of the server and of pgbench, in pairs of neighbouring rounds."""

    ids: int
    goal: float
    server: list[Round] = field(default_factory=list)
    pgbench: list[Round] = field(default_factory=list)

    @property
    def ratio(self) -> Spread:
        """Return the ratio of each pair."""
        pairs = zip(self.server, self.pgbench, strict=True)
        return spread([ours.rows_per_s / theirs.rows_per_s for ours, theirs in pairs])


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from the moment a batch was due to its answer."""

    ids: int
    batches: int
    rows_per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    worst_ms: float


@dataclass(frozen=True, slots=True)
class Memory:
    """What the server held over a long run."""

    impressions: int
    warm_up: int
    first_bytes: int
    last_bytes: int
    slope: Slope


async def throughput(
    ground: Ground, goals: dict[int, float], size: Size, say: Say
) -> list[Throughput]:
    """Return one trial for each batch size in ``goals`` (ids → wanted ratio).

    Rounds alternate ABBA: what drifts slowly (a neighbour, the disk) meets both sides alike.
    """
    await ground.serve(50, 2, seed=0)  # both once unmeasured: caches, JIT of plans, page faults
    await ground.pgbench(50, 2, seed=0)
    trials = [Throughput(ids, goal) for ids, goal in goals.items()]
    for trial in trials:
        for pair in range(size.pairs):
            for ours in (True, False) if pair % 2 == 0 else (False, True):
                run = ground.serve if ours else ground.pgbench
                done = await run(trial.ids, size.round_s, seed=pair)
                (trial.server if ours else trial.pgbench).append(done)
            last = trial.server[-1].rows_per_s / trial.pgbench[-1].rows_per_s
            say(f"{trial.ids} ids: {trial.server[-1].rows_per_s:,.0f} rows/s, {last:.2f} × pgbench")
    return trials


async def latency(ground: Ground, ids: int, size: Size, say: Say) -> Latency:
    """Return the latencies at the roadmap's rate; arrivals at random moments, open loop."""
    batches = int(RATE_ROWS_S * size.latency_s / ids)
    load = Load(port=0, cookies=(), ids=ids, batches=batches, rows_per_s=RATE_ROWS_S, seed=1)
    sent = await ground.send(load)
    waits = [done - due for done, due in zip(sent.done_ns, sent.due_ns, strict=True)]
    measured = Latency(
        ids,
        len(waits),
        sent.inserted / ((sent.ended_ns - sent.started_ns) / NS_PER_S),
        *(percentile(waits, share) / _NS_PER_MS for share in (0.5, 0.95, 0.99, 1.0)),
    )
    say(f"{ids} ids at {RATE_ROWS_S:,} rows/s: p95 {measured.p95_ms:.1f} ms of {measured.batches}")
    return measured


async def memory(ground: Ground, size: Size, say: Say) -> Memory:
    """Return how the server's memory grew while it took many impressions."""
    batches = size.memory_impressions // MEMORY_IDS
    load = Load(port=0, cookies=(), ids=MEMORY_IDS, batches=batches, seed=1)
    at_ns: list[int] = []
    held: list[int] = []

    async def sample() -> None:
        while True:
            at_ns.append(time.monotonic_ns())
            held.append(rss_bytes(ground.server.pid))
            await pause(_SAMPLE_S)

    sampling = asyncio.create_task(sample())
    try:
        sent: Sent = await ground.send(load)
    finally:
        sampling.cancel()
    warm_up = size.memory_impressions // 5
    slope = memory_slope(at_ns, held, sent.done_ns, MEMORY_IDS, after=warm_up)
    say(f"memory: {slope.estimate:.2f} bytes an impression, at most {slope.high:.2f}")
    return Memory(sent.inserted, warm_up, held[0], held[-1], slope)
