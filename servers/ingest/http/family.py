"""Several processes on one port, one server to everybody else.

The parent forks the workers, says "ready" when all of them listen, and hands on the signal to
stop. A pipe runs to each worker: when the parent is killed the workers see its end and go too.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType

from servers.ingest.config import Config

Work = Callable[[Config, Callable[[], None]], int]
"""Serves with a config until asked to stop, calls back when it listens, returns an exit code."""

_LOST_PARENT = 3


def run_family(config: Config, processes: int, work: Work, ready: Callable[[], None]) -> int:
    """Run ``work`` in ``processes`` children; return 0 when all ended well, else 1.

    ``config.board`` has a row for each. ``ready`` is called in the parent once every child listens.
    When one child ends before it was asked to, the others are stopped too: half a server must not
    look like a whole one.
    """
    with tempfile.TemporaryDirectory(prefix="ingest-metrics-") as metrics:
        config = replace(config, metrics=Path(metrics))
        children: dict[int, socket.socket] = {}
        for index in range(processes):
            ours, theirs = socket.socketpair()
            pid = os.fork()
            if pid == 0:
                ours.close()
                for pipe in children.values():  # a sister's end here would hide a parent's death
                    pipe.close()
                _child(replace(config, process=index), work, theirs)
            theirs.close()
            children[pid] = ours
        stop_on_signal = _Stopper(list(children))
        if all(pipe.recv(1) for pipe in children.values()):
            ready()
        else:
            stop_on_signal.stop()
        return _wait_for_all(children, stop_on_signal)


class _Stopper:
    """Hands SIGTERM and SIGINT on to the children."""

    def __init__(self, pids: list[int]) -> None:
        self.stopping = False
        self._pids = pids
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._on_signal)

    def gone(self, pid: int) -> None:
        """Forget a child that was reaped: its number may be another's soon."""
        self._pids.remove(pid)

    def stop(self) -> None:
        """Ask every child that still lives to finish."""
        self.stopping = True
        for pid in self._pids:
            os.kill(pid, signal.SIGTERM)

    def _on_signal(self, signum: int, frame: FrameType | None) -> None:
        self.stop()


def _wait_for_all(children: dict[int, socket.socket], stopper: _Stopper) -> int:
    worst = 0
    while children:
        pid, status = os.wait()
        pipe = children.pop(pid, None)
        if pipe is None:
            continue
        pipe.close()
        stopper.gone(pid)
        code = os.waitstatus_to_exitcode(status)
        if code != 0 or not stopper.stopping:
            worst = 1
        if not stopper.stopping:
            print(f"ingest: worker {pid} ended by itself ({code})", file=sys.stderr)
            stopper.stop()
    return worst


def _child(config: Config, work: Work, pipe: socket.socket) -> None:
    """Work, then leave without returning into the parent's code."""
    code = 1
    try:
        code = work(config, lambda: _ready(pipe))
    finally:
        sys.stderr.flush()
        os._exit(code)


def _ready(pipe: socket.socket) -> None:
    asyncio.get_running_loop().add_reader(pipe, os._exit, _LOST_PARENT)
    pipe.send(b"r")
