"""Time and chance: the one door to everything that differs between two runs.

Order and durations are read from CLOCK_MONOTONIC (nanoseconds, comparable between the processes
of one host); the wall clock stands beside it for people and for other hosts.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random  # noqa: TID251 - the one door
import time
from collections.abc import AsyncIterator
from typing import NamedTuple

NS_PER_S = 1_000_000_000
APART_NS_MAX = 1_000_000
_LOOKS = 5


class Instant(NamedTuple):
    """One moment on both clocks, nanoseconds."""

    mono_ns: int
    wall_ns: int


def now() -> Instant:
    """Return this moment on both clocks, read within ``APART_NS_MAX`` of each other.

    A process that is interrupted between the two reads looks again; on a machine so busy that five
    looks do not suffice the closest pair is returned, and the ledger's clock check sees the rest.
    """
    closest: tuple[int, Instant] | None = None
    for _ in range(_LOOKS):
        before_ns = time.monotonic_ns()
        wall_ns = time.time_ns()
        apart_ns = time.monotonic_ns() - before_ns
        if apart_ns <= APART_NS_MAX:
            return Instant(before_ns, wall_ns)
        if closest is None or apart_ns < closest[0]:
            closest = (apart_ns, Instant(before_ns, wall_ns))
    assert closest is not None
    return closest[1]


def utc_stamp() -> str:
    """Return the wall clock as a file-name-safe UTC stamp, e.g. ``20261122T184500Z``."""
    return dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")


def seeded_random(seed: int, purpose: str) -> random.Random:
    """Return a generator for one purpose, independent of every other purpose's draws.

    The same seed and purpose give the same draws on every machine and Python version
    (``random.Random`` seeded with a string uses SHA-512).
    """
    return random.Random(f"{seed}:{purpose}")


async def every(interval_s: float, count: int) -> AsyncIterator[int]:
    """Yield 0 … count-1 on a fixed schedule that starts now; a late step is not skipped.

    This is pacing, part of what a scenario says ("four a second"), not synchronisation.
    """
    start = asyncio.get_running_loop().time()
    for step in range(count):
        await _until(start + step * interval_s)
        yield step


async def pause(seconds: float) -> None:
    """Let time pass because the scenario says so (an outage lasts five seconds)."""
    await asyncio.sleep(seconds)  # noqa: TID251 - the one door


async def _until(moment: float) -> None:
    delay = moment - asyncio.get_running_loop().time()
    if delay > 0:
        await pause(delay)
