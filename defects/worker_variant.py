"""``python -m defects.worker_variant ID[.twin] HITS …``: a pool worker with a defect.

HITS is the file to which hits are appended, one number a line; what follows are the arguments of
``python -m servers.pool``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from defects.base import Switch, WorkerDefect, installed
from defects.registry import find
from harness.ledger.defect import PlannedDefect
from servers.pool.command import main as work


def main(argv: Sequence[str]) -> int:
    """Work until asked to stop, with the overrides in place; return the worker's exit code."""
    level, hits_file, *rest = argv
    planned = PlannedDefect.parse(level)
    defect = find(planned.id)
    if not isinstance(defect, WorkerDefect):
        raise SystemExit(f"{defect.id} is no defect of a pool worker")
    file = os.open(hits_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def report(hits: int) -> None:
        os.write(file, b"%d\n" % hits)

    with installed(defect.overrides, Switch(twin=planned.twin, report=report)):
        return work(rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
