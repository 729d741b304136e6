"""One moment on both clocks."""

from __future__ import annotations

import time
from typing import NamedTuple

NS_PER_S = 1_000_000_000


class Instant(NamedTuple):
    """CLOCK_MONOTONIC orders what happened on this host; the wall clock is for everybody else."""

    mono_ns: int
    wall_ns: int


def now() -> Instant:
    """Return this moment, nanoseconds on both clocks."""
    return Instant(time.monotonic_ns(), time.time_ns())
