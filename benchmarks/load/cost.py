"""What a request costs the generator: ours with its books, beside a bare Locust loop without any.

Both post the same bodies to a server that does nothing. What counts is the CPU of the generator's
process, so neither a neighbour on the machine nor the server's speed is in the figure.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.figures import Spread, spread
from benchmarks.load.bodies import even, requests_of, users_of
from benchmarks.load.ground import responder
from benchmarks.load.tools import Bare, Bench, Ours, Say, send_bare, send_ours

RATIO_GOAL = 0.9
IDS = 3
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
