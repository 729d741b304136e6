"""What a request costs the generator: ours with its books, beside bare Locust, vegeta and k6.

All post the same bodies to a server that does nothing. What counts is the CPU of the generator's
process, so neither a neighbour on the machine nor the server's speed is in the figure. The bare
loop of Locust, without any books, goes as fast as it can; vegeta and k6 have our rate, in blocks in
which each tool comes once. A peer's process is timed as a whole, so two rounds are made of it: what
the longer one uses more is what the requests cost that it has more, and its start (k6 makes an
interpreter for every user) is in neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.figures import Spread, spread
from benchmarks.load.bodies import even, requests_of, users_of
from benchmarks.load.ground import responder
from benchmarks.load.peers import InstalledPeer
from benchmarks.load.service import K6_IN_FLIGHT, order_of
from benchmarks.load.tools import (
    OURS,
    Bare,
    Bench,
    Ours,
    PeerRound,
    Say,
    send_bare,
    send_k6,
    send_ours,
    send_vegeta,
)
from harness.core.errors import HarnessError

RATIO_GOAL = 0.9
IDS = 3
BESIDE_GOAL = 1.0
"""Ours is to cost less than the peer."""
BESIDE_PER_S = 1_000
SHORT_S = 2.0
SEED = 1
BARE_USERS = 20
PILOT_PER_S = 800
PILOT_S = 4.0
BUSY = 0.7
"""How much of a core our generator is given to do: an open model has no "as fast as it can", it
has a rate, and beyond a core it would measure its own queue."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Rounds in pairs of neighbours, at ``rate_per_s`` for ours."""

    rate_per_s: int
    ours: list[Ours] = field(default_factory=list)
    bare: list[Bare] = field(default_factory=list)

    @property
    def ratio(self) -> Spread:
        """Return requests per CPU second, ours over Locust's, of each pair."""
        pairs = zip(self.ours, self.bare, strict=True)
        return spread([bare.cpu_us / ours.cpu_us for ours, bare in pairs])


async def cost(bench: Bench, pairs: int, round_s: float, say: Say) -> Cost:
    """Return ``pairs`` pairs of rounds, in the order ABBA."""
    async with responder(bench) as url:
        rate_per_s = PILOT_PER_S
        for _ in range(2):  # a request costs less at a higher rate
            pilot = await _ours(bench, url, rate_per_s, PILOT_S)
            rate_per_s = max(PILOT_PER_S, int(BUSY * 1e6 / pilot.cpu_us))
        measured = Cost(rate_per_s)
        cookies = _cookies()
        workload = even(measured.rate_per_s, round_s, IDS)
        requests = requests_of(workload, 1, cookies)
        for pair in range(pairs):
            for ours in (True, False) if pair % 2 == 0 else (False, True):
                if ours:
                    measured.ours.append(await _ours(bench, url, measured.rate_per_s, round_s))
                else:
                    bare = await send_bare(bench, url, requests, users=BARE_USERS, seconds=round_s)
                    measured.bare.append(bare)
            mine, theirs = measured.ours[-1], measured.bare[-1]
            say(
                f"a request costs us {mine.cpu_us:.0f} µs at {mine.per_s:,.0f}/s, bare Locust "
                f"{theirs.cpu_us:.0f} µs at {theirs.per_s:,.0f}/s"
            )
    return measured


async def _ours(bench: Bench, url: str, rate_per_s: float, seconds: float) -> Ours:
    return await send_ours(bench, url, even(rate_per_s, seconds, IDS), 1, _cookies())


def _cookies() -> dict[str, str]:
    """Return a cookie of realistic length for every user; the responder does not read it."""
    return {user: f"session={user:x<64}" for user in users_of(even(1, 10, IDS), 1)}


@dataclass(frozen=True, slots=True)
class PeerCosts:
    """CPU µs of a request by tool, block by block; ``rate_per_s`` is that of every tool."""

    rate_per_s: int
    cpu_us: dict[str, list[float]] = field(default_factory=dict)

    @property
    def peers(self) -> list[str]:
        """Return the tools that ours is compared with."""
        return [name for name in self.cpu_us if name != OURS]

    def ratio(self, peer: str) -> Spread:
        """Return what a request costs us over what it costs the peer, of each block."""
        pairs = zip(self.cpu_us[OURS], self.cpu_us[peer], strict=True)
        return spread([ours / theirs for ours, theirs in pairs])


def cost_us(short: PeerRound, long: PeerRound) -> float:
    """Return CPU µs a request from two rounds of one tool. Raises HarnessError where the longer one
    has not more requests, or used no more."""
    more, used_s = long.timings.n - short.timings.n, long.cpu_s - short.cpu_s
    if more <= 0 or used_s <= 0:
        raise HarnessError(f"{more} more requests used {used_s:.3f} s of CPU more: no cost to see")
    return used_s / more * 1e6


async def beside(
    bench: Bench, peers: Sequence[InstalledPeer], blocks: int, round_s: float, say: Say
) -> PeerCosts:
    """Return ``blocks`` blocks of rounds of ``round_s`` seconds, each tool once in each.

    Raises HarnessError when there is no peer, or a request failed.
    """
    if not peers:
        raise HarnessError("neither vegeta nor k6 is here to compare with")
    by_name = {peer.name: peer for peer in peers}
    measured = PeerCosts(BESIDE_PER_S, {name: [] for name in (OURS, *by_name)})
    long, short = (even(BESIDE_PER_S, seconds, IDS) for seconds in (SHORT_S + round_s, SHORT_S))
    cookies = {user: f"session={user:x<64}" for user in users_of(long, SEED)}
    rounds = [requests_of(workload, SEED, cookies) for workload in (short, long)]
    async with responder(bench) as url:

        async def send(name: str) -> float:
            if name == OURS:
                return (await send_ours(bench, url, long, SEED, cookies)).cpu_us
            peer = by_name[name]
            sent = []
            for requests in rounds:
                if name == "k6":
                    sent.append(
                        await send_k6(bench, peer, url, requests, BESIDE_PER_S, K6_IN_FLIGHT)
                    )
                else:
                    sent.append(await send_vegeta(bench, peer, url, requests, BESIDE_PER_S))
            return cost_us(*sent)

        for block in range(blocks):
            for name in order_of(list(measured.cpu_us), block):
                measured.cpu_us[name].append(await send(name))
            costs = ", ".join(f"{name} {own[-1]:.0f}" for name, own in measured.cpu_us.items())
            say(f"block {block + 1} of {blocks}, CPU µs a request at {BESIDE_PER_S}/s: {costs}")
    return measured
