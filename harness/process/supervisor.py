"""Ends what a dead harness left behind: run as a process of its own, instructed through a pipe.

The harness holds the pipe's other end. While it lives it writes one JSON line per thing to clean
up: ``{"group": pgid}`` for a process group, ``{"directory": path}`` for a scratch directory. When
the pipe ends, however the harness died, every registered group and every process that carries the
harness's tag in its environment is ended, then the directories go. ``{"dismissed": true}`` as the
last line means that the harness cleaned up itself.

Run as ``python -m harness.process.supervisor TAG`` with the pipe on standard input.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

TAG_VARIABLE = "IMPRESSION_HARNESS_OWNER"
CHILD_VARIABLE = "IMPRESSION_HARNESS_CHILD"
SCRATCH_PREFIX = "impression-harness-scratch-"
KILLED_S = 30.0
"""How long what was killed may take to end: on a busy machine more than a moment."""
_GRACE_S = 2.0
_LOOK_S = 0.02


def tagged_processes(tag: str, *, variable: str = TAG_VARIABLE) -> list[psutil.Process]:
    """Return the living processes whose environment carries ``tag``, this one left out."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(variable) == tag:
                found.append(process)
    return found


def end_processes(processes: Iterable[psutil.Process], *, grace_s: float = _GRACE_S) -> None:
    """Ask every process to stop, wait up to ``grace_s``, then kill what is left; returns when it
    is gone.

    PostgreSQL is asked with SIGINT ("fast"): after SIGTERM it would wait for its clients.
    """
    victims = list(processes)
    for process in victims:
        with contextlib.suppress(psutil.Error):
            is_postgres = process.name().startswith("postgres")
            process.send_signal(signal.SIGINT if is_postgres else signal.SIGTERM)
    _, alive = psutil.wait_procs(victims, timeout=grace_s)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    deadline = time.monotonic() + KILLED_S
    while any(map(_lives, alive)) and time.monotonic() < deadline:
        psutil.wait_procs(alive, timeout=_LOOK_S)


def _lives(process: psutil.Process) -> bool:
    """Return whether it runs still; where no process reaps, a dead one stays as a zombie."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _group_members(groups: set[int]) -> list[psutil.Process]:
    members = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and os.getpgid(process.pid) in groups:
                members.append(process)
    return members


def clean_up(tag: str, groups: set[int], directories: Iterable[Path]) -> None:
    """End every process of the groups or with the tag, then remove the directories."""
    by_pid = {p.pid: p for p in [*_group_members(groups), *tagged_processes(tag)]}
    end_processes(by_pid.values())
    end_processes(tagged_processes(tag), grace_s=0.1)  # what was born while we were looking
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)


def main() -> None:
    """Listen until the pipe ends, then clean up unless dismissed."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)  # Ctrl-C is for the harness; we act when it is gone
    tag = sys.argv[1]
    groups: set[int] = set()
    directories: list[Path] = []
    for line in sys.stdin:
        with contextlib.suppress(ValueError):  # a line cut off by the harness's death
            message = json.loads(line)
            if message.get("dismissed"):
                return
            if "group" in message:
                groups.add(int(message["group"]))
            if "group_ended" in message:
                groups.discard(int(message["group_ended"]))
            if "directory" in message:
                directories.append(Path(message["directory"]))
    clean_up(tag, groups, directories)


if __name__ == "__main__":
    main()
