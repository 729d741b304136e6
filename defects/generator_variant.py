"""``python -m defects.generator_variant ID[.twin] HITS …``: Locust with a defect.

HITS is the file to which hits are appended, one number a line; what follows are Locust's own
arguments.
"""

from __future__ import annotations

import importlib
import os
import runpy
import sys

from defects.base import HarnessDefect, Switch, installed
from defects.registry import find
from harness.ledger.defect import PlannedDefect


def main(argv: list[str]) -> None:
    """Send the load as Locust does, with the overrides in place."""
    level, hits_file, *rest = argv
    importlib.import_module("locust.main")  # patches the process before anything else is imported
    planned = PlannedDefect.parse(level)
    defect = find(planned.id)
    if not isinstance(defect, HarnessDefect):
        raise SystemExit(f"{defect.id} is no defect of a load generator")
    file = os.open(hits_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    switch = Switch(twin=planned.twin, report=lambda hits: _append(file, hits))
    sys.argv = ["locust", *rest]
    with installed(defect.overrides, switch):
        runpy.run_module("locust", run_name="__main__")


def _append(file: int, hits: int) -> None:
    os.write(file, b"%d\n" % hits)


if __name__ == "__main__":
    main(sys.argv[1:])
