"""What a request costs each generator, at the same rate and in the same run: ours, vegeta, k6.

All post the same bodies to a server that does nothing, in blocks in which each tool comes once. Of
ours, which keeps the whole ledger meanwhile, CPU counts from its first second to its last. A peer's
process is timed as a whole, so two rounds are made of it: what the longer one uses more is what
the requests cost that it has more, and its start (k6 makes an interpreter for every user) is in
neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.figures import Spread, spread
from benchmarks.load.bodies import even, requests_of, users_of
from benchmarks.load.ground import responder
from benchmarks.load.peers import InstalledPeer
from benchmarks.load.service import order_of
from benchmarks.load.tools import OURS, Bench, Say, Sent, send_k6, send_ours, send_vegeta
from harness.core.errors import HarnessError

RATIO_GOAL = 1.0
"""Ours is to cost less than the peer."""
RATE_PER_S = 1_000
SHORT_S = 2.0
IDS = 3
K6_IN_FLIGHT = 40
SEED = 1


@dataclass(frozen=True, slots=True)
class Beside:
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


def cost_us(short: Sent, long: Sent) -> float:
    """Return CPU µs a request from two rounds of one tool. Raises HarnessError where the longer one
    has not more requests, or used no more."""
    more, used_s = long.timings.n - short.timings.n, long.cpu_s - short.cpu_s
    if more <= 0 or used_s <= 0:
        raise HarnessError(f"{more} more requests used {used_s:.3f} s of CPU more: no cost to see")
    return used_s / more * 1e6


async def beside(
    bench: Bench, peers: Sequence[InstalledPeer], blocks: int, round_s: float, say: Say
) -> Beside:
    """Return ``blocks`` blocks of rounds of ``round_s`` seconds, each tool once in each.

    Raises HarnessError when there is no peer, or a request failed.
    """
    if not peers:
        raise HarnessError("neither vegeta nor k6 is here to compare with")
    by_name = {peer.name: peer for peer in peers}
    measured = Beside(RATE_PER_S, {name: [] for name in (OURS, *by_name)})
    long, short = (even(RATE_PER_S, seconds, IDS) for seconds in (SHORT_S + round_s, SHORT_S))
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
                    sent.append(await send_k6(bench, peer, url, requests, RATE_PER_S, K6_IN_FLIGHT))
                else:
                    sent.append(await send_vegeta(bench, peer, url, requests, RATE_PER_S))
            return cost_us(*sent)

        for block in range(blocks):
            for name in order_of(list(measured.cpu_us), block):
                measured.cpu_us[name].append(await send(name))
            costs = ", ".join(f"{name} {own[-1]:.0f}" for name, own in measured.cpu_us.items())
            say(f"block {block + 1} of {blocks}, CPU µs a request at {RATE_PER_S}/s: {costs}")
    return measured
