"""What a locustfile of somebody's own must know of the run, and what it leaves: two small files."""

from __future__ import annotations

import os
from pathlib import Path

from harness.ledger.json_files import Record, read_record, write_record

OWN_PLAN_VARIABLE = "HARNESS_OWN_LOCUSTFILE"
PLAN_FILE = "own-locustfile.json"
ROWS_FILE = "own-locustfile-rows.json"


class OwnPlan(Record, frozen=True, kw_only=True):
    """Where the rows go, and the system, with the mark of the run's ids in its name."""

    directory: str
    system: str


def write_own_plan(plan: OwnPlan) -> Path:
    """Write the plan into the run's directory; return its path."""
    path = Path(plan.directory) / PLAN_FILE
    write_record(path, plan)
    return path


def handed_over() -> OwnPlan | None:
    """Return the plan that the environment names, or None where Locust was started by hand."""
    path = os.environ.get(OWN_PLAN_VARIABLE)
    return read_record(Path(path), OwnPlan) if path else None
