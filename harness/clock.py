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


class Instant(NamedTuple):
    """One moment on both clocks, nanoseconds."""

    mono_ns: int
    wall_ns: int


def now() -> Instant:
    """Return this moment on both clocks."""
    return Instant(time.monotonic_ns(), time.time_ns())


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
