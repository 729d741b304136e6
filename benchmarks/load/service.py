"""Service times: do vegeta and k6 see what we see, at the same rate, of the same server?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.figures import Spread, spread
from benchmarks.ground import Ground
from benchmarks.load.bodies import even, requests_of, users_of
from benchmarks.load.peers import InstalledPeer
from benchmarks.load.tools import OURS, Bench, Say, Timings, send_k6, send_ours, send_vegeta
from harness.core.errors import HarnessError

RATE_PER_S = 300
K6_IN_FLIGHT = 40
"""Requests of a tenth of a second and more."""
IDS = 3
NEAR_MS = 1.0
SEED = 1


@dataclass(frozen=True, slots=True)
class Service:
    """Rounds of ``scheduled`` requests by tool; the n-th of each belong to one block."""

    rate_per_s: int
    scheduled: int
    rounds: dict[str, list[Timings]] = field(default_factory=dict)

    @property
    def peers(self) -> list[str]:
        """Return the tools that ours is compared with."""
        return [name for name in self.rounds if name != OURS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """Ours less the peer's, in ms, block by block; and our p99 beside all of the peer's.

    ``p99_inside``: the median of our rounds' p99 lies between the least and the greatest of the
    peer's own rounds.
    """

    p50: Spread
    p95: Spread
    our_p99: Spread
    peer_p99: Spread

    @property
    def near(self) -> bool:
        """Return whether p50 and p95 are within a millisecond, in the median of the pairs."""
        return abs(self.p50.median) <= NEAR_MS and abs(self.p95.median) <= NEAR_MS

    @property
    def p99_inside(self) -> bool:
        """Return whether the median of our p99 lies within the peer's own spread."""
        return self.peer_p99.least <= self.our_p99.median <= self.peer_p99.greatest


def nearness(ours: Sequence[Timings], peer: Sequence[Timings]) -> Nearness:
    """Return how near two tools' rounds are, in pairs. Raises ValueError for unequal numbers."""
    pairs = list(zip(ours, peer, strict=True))
    return Nearness(
        p50=spread([mine.p50_ms - theirs.p50_ms for mine, theirs in pairs]),
        p95=spread([mine.p95_ms - theirs.p95_ms for mine, theirs in pairs]),
        our_p99=spread([mine.p99_ms for mine in ours]),
        peer_p99=spread([theirs.p99_ms for theirs in peer]),
    )


def order_of(names: Sequence[str], block: int) -> tuple[str, ...]:
    """Return the order of the tools in a block: after all orders had their turn, each tool was as
    often first as last, and as often before any other as after it."""
    orders = list(itertools.permutations(names))
    # Neighbouring blocks are mirror images: what drifts slowly meets all alike (ABBA).
    order = orders[(block // 2) % len(orders)]
    return order if block % 2 == 0 else order[::-1]


async def service(
    bench: Bench,
    ground: Ground,
    peers: Sequence[InstalledPeer],
    blocks: int,
    round_s: float,
    say: Say,
) -> Service:
    """Return ``blocks`` blocks of rounds, each tool once in each, each round on an empty table.

    Raises HarnessError when a tool's requests failed, or were not the same.
    """
    workload = even(RATE_PER_S, round_s, IDS)
    cookies = ground.cookies_of(users_of(workload, SEED))
    requests = requests_of(workload, SEED, cookies)
    body_bytes = sum(len(one.body) for one in requests)
    by_name = {peer.name: peer for peer in peers}
    measured = Service(RATE_PER_S, len(requests), {name: [] for name in (OURS, *by_name)})

    async def send(name: str) -> Timings:
        if name == "vegeta":
            sent = await send_vegeta(bench, by_name[name], ground.url, requests, RATE_PER_S)
            return sent.timings
        if name == "k6":
            k6 = by_name[name]
            sent = await send_k6(bench, k6, ground.url, requests, RATE_PER_S, K6_IN_FLIGHT)
            return sent.timings
        ours = await send_ours(bench, ground.url, workload, SEED, cookies)
        if ours.body_bytes != body_bytes:
            raise HarnessError(f"we sent {ours.body_bytes:,} bytes, the others {body_bytes:,}")
        return ours.service

    for name in measured.rounds:  # all once unmeasured: caches, plans, page faults
        await ground.empty()
        await send(name)
    for block in range(blocks):
        for name in order_of(list(measured.rounds), block):
            await ground.empty()
            round_ = await send(name)
            if (rows := await ground.rows()) != round_.n * IDS:
                raise HarnessError(f"{name}: {round_.n} requests of {IDS} new ids made {rows} rows")
            measured.rounds[name].append(round_)
        say(
            f"block {block + 1} of {blocks}, p50/p99 ms: "
            + ", ".join(
                f"{n} {t[-1].p50_ms:.2f}/{t[-1].p99_ms:.2f}" for n, t in measured.rounds.items()
            )
        )
    return measured
