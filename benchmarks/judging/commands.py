"""The harness's commands on stored runs, each as a process of its own: what it took."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.environment import child_environment
from harness.core.errors import HarnessError

KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """A command on runs of ``observations`` each: seconds of CPU and of time, the most bytes that
    were resident, and the first line that it printed."""

    command: str
    observations: int
    cpu_s: float
    elapsed_s: float
    peak_bytes: int
    printed: str


def took(words: Sequence[str], observations: int, log: Path) -> Took:
    """Run ``harness`` with these words and return what it took.

    Raises HarnessError when it ended otherwise than with a verdict.
    """
    began_s = time.perf_counter()
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "harness", *words],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=child_environment(),
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    elapsed_s = time.perf_counter() - began_s
    lines = log.read_text(errors="replace").strip().splitlines() or [""]
    if child.returncode not in (0, 1, 3):
        raise HarnessError(f"harness {words[0]} ended with {child.returncode}: {lines[-1]}")
    return Took(
        command=words[0],
        observations=observations,
        cpu_s=used.ru_utime + used.ru_stime,
        elapsed_s=elapsed_s,
        peak_bytes=used.ru_maxrss * (1 if sys.platform == "darwin" else KIB),
        printed=lines[0],
    )
