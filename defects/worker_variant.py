"""``python -m defects.worker_variant ID[.twin] HITS …``: a worker with a defect.

HITS is the file to which hits are appended, one number a line; what follows are the arguments of
the worker's own program, ``python -m servers.pool``, ``servers.queue`` or ``servers.sharding``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from defects.base import Switch, WorkerDefect, installed
from defects.registry import find
from harness.ledger.defect import PlannedDefect


def main(argv: Sequence[str]) -> int:
    """Work until asked to stop, with the overrides in place; return its exit code."""
    level, hits_file, *rest = argv
    planned = PlannedDefect.parse(level)
    defect = find(planned.id)
    if not isinstance(defect, WorkerDefect):
        raise SystemExit(f"{defect.id} is no defect of a worker")
    file = os.open(hits_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def report(hits: int) -> None:
        os.write(file, b"%d\n" % hits)

    with installed(defect.overrides, Switch(twin=planned.twin, report=report)):
        return program(defect.program)(rest)


def program(module: str) -> Callable[[Sequence[str]], int]:
    """Return what runs the workers of a module."""
    found: Callable[[Sequence[str]], int] = import_module(f"{module}.command").main
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
