"""How many cells this machine has room for at a time."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import psutil

GIB = 1024**3
GIB_A_CELL = 3.0
"""The memory of a worker with its PostgreSQL, its server and a browser of each engine: 1.3 to 1.9
GiB were measured with one browser, what processes share counted for each."""
CONTROL = Path("/sys/fs/cgroup")
"""Where Linux shows what a container may use (cgroup v2): ``cpu.max`` and ``memory.max``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What this process may use: CPU cores, a container's quota among them, and memory, GiB."""

    cores: float
    memory_gib: float

    @property
    def cells(self) -> int:
        """Return how many cells fit: one for each core, and 3 GiB for each; at least one.

        A cell waits most of the time, but its starts and flushes use a whole core, and a cell that
        is starved of CPU shows its page or its generator late.
        """
        return max(1, min(int(self.cores), int(self.memory_gib / GIB_A_CELL)))

    @property
    def why(self) -> str:
        """Return what the number of cells comes from, in words."""
        cores = f"{self.cores:g} core{'s' * (self.cores != 1)}"
        return f"{cores}, {self.memory_gib:.0f} GiB of memory"


def room(control: Path = CONTROL) -> Room:
    """Return what this process may use."""
    cores = float(usable_cpus())
    quota, _, period_us = _limit(control / "cpu.max").partition(" ")
    if quota.isdigit() and period_us.isdigit() and int(period_us):
        cores = min(cores, int(quota) / int(period_us))
    memory = float(psutil.virtual_memory().total)
    if (most := _limit(control / "memory.max")).isdigit():
        memory = min(memory, float(most))
    return Room(cores=cores, memory_gib=memory / GIB)


def usable_cpus() -> int:
    """Return how many CPUs this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _limit(file: Path) -> str:
    """Return what a control file holds; empty where there is none."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return file.read_text(encoding="ascii").strip()
    return ""
