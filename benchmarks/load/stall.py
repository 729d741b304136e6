"""A server that stalls: which tools show it, and what must be shown by arithmetic.

With even arrivals a request that comes x seconds into a stall waits for what is left of it. Over
whole periods the share that waits longer than w is (stall - w) / period; an open model measures
just that. A closed loop of few users stops to ask while it waits: each stall costs it one slow
request a user (coordinated omission), and its quantiles do not know of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.load.bodies import even, requests_of, users_of
from benchmarks.load.ground import responder
from benchmarks.load.peers import InstalledPeer
from benchmarks.load.tools import (
    OURS,
    Bench,
    Say,
    Timings,
    send_bare,
    send_k6,
    send_ours,
    send_vegeta,
)

STALL_S = 1.0
PERIOD_S = 10.0
RATE_PER_S = 200
CLOSED_USERS = 5
NEAR_MS = 50.0
"""How far a p99 may be from the arithmetic and still show the stall: a twentieth of it."""

QUANTILES = (0.5, 0.95, 0.99, 1.0)


def waits_ms(share: float, stall_s: float = STALL_S, period_s: float = PERIOD_S) -> float:
    """Return the quantile of the waits that a stall causes, in ms, for even arrivals."""
    return max(0.0, stall_s - (1 - share) * period_s) * 1000


def slow_share(
    users: int, rate_per_s: float, stall_s: float = STALL_S, period_s: float = PERIOD_S
) -> float:
    """Return the share of slow requests that a closed loop of ``users`` sees, which asks
    ``rate_per_s`` times a second while it is answered: one a user in every period."""
    return users / (rate_per_s * (period_s - stall_s) + users)


def hidden(share: float, users: int, rate_per_s: float) -> bool:
    """Return whether that quantile of a closed loop is of requests that met no stall."""
    return 1 - share >= slow_share(users, rate_per_s)


@dataclass(frozen=True, slots=True)
class Stall:
    """What each tool measured, open ones and the closed one apart; ``expected_ms`` by quantile."""

    seconds: float
    open: Mapping[str, Timings]
    closed: Mapping[str, Timings]

    @property
    def expected_p99_ms(self) -> float:
        """Return what the p99 must be."""
        return waits_ms(0.99)

    def shows(self, timings: Timings) -> bool:
        """Return whether these figures show the stall."""
        return abs(timings.p99_ms - self.expected_p99_ms) <= NEAR_MS

    @property
    def reached(self) -> bool:
        """Return whether every open model showed the stall, ours among them, and no closed one."""
        shown = all(self.shows(one) for one in self.open.values())
        return OURS in self.open and shown and not any(map(self.shows, self.closed.values()))


async def stall(bench: Bench, peers: Mapping[str, InstalledPeer], periods: int, say: Say) -> Stall:
    """Return what every tool measures over whole periods of a stalling server."""
    seconds = periods * PERIOD_S
    workload = even(RATE_PER_S, seconds, 1)
    cookies = {user: f"session={user}" for user in users_of(workload, 1)}
    requests = requests_of(workload, 1, cookies)
    measured: dict[str, Timings] = {}
    async with responder(bench, stall_s=STALL_S, period_s=PERIOD_S) as url:
        measured[OURS] = (await send_ours(bench, url, workload, 1, cookies)).response
        if vegeta := peers.get("vegeta"):
            sent = await send_vegeta(bench, vegeta, url, requests, RATE_PER_S)
            measured["vegeta"] = sent.timings
        if k6 := peers.get("k6"):
            measured["k6"] = (await send_k6(bench, k6, url, requests, RATE_PER_S)).timings
        closed = await send_bare(
            bench,
            url,
            requests,
            users=CLOSED_USERS,
            seconds=seconds,
            per_user_s=RATE_PER_S / CLOSED_USERS,
        )
    result = Stall(seconds, measured, {f"bare Locust, {CLOSED_USERS} users": closed.timings})
    say(
        "p99 of a stalling server: "
        + ", ".join(
            f"{name} {one.p99_ms:.0f} ms" for name, one in {**result.open, **result.closed}.items()
        )
    )
    return result
