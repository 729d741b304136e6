"""What a load generator has to do, as one JSON file, and the names of the files that it leaves."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from harness.ledger.json_files import Record, read_record, write_record
from harness.load.schedule.workload import Workload

PLAN_VARIABLE = "HARNESS_LOAD_PLAN"
WORKER_VARIABLE = "HARNESS_LOAD_WORKER"
"""Set for a worker that takes its task from a master of ours."""

PLAN_FILE = "load-plan.json"
ROWS_FILE = "load-rows.json"
LIVE_FILE = "load-live-{part}.json"
"""What one generator process says of the last second."""


class Plan(Record, frozen=True, kw_only=True):
    """A whole workload: against ``host``, into ``directory``.

    ``system`` names how the host is spoken to (``harness.target.system``); ``sessions`` leads from
    a user to the header lines of their session. With ``workers`` processes that a master deals the
    slots out to, 0 for none. They are started here, or come by themselves where ``master``
    (HOST:PORT) says where the master listens.
    """

    directory: str
    host: str
    seed: int
    workload: Workload
    system: str
    sessions: Mapping[str, str]
    workers: int = 0
    master: str = ""


def write_plan(plan: Plan) -> Path:
    """Write the plan; it holds sessions and is removed when the load ends."""
    path = Path(plan.directory) / PLAN_FILE
    write_record(path, plan)
    return path


def read_plan(path: Path) -> Plan:
    """Read a plan back. Raises LedgerUnreadable that names the field."""
    return read_record(path, Plan)


def handed_over() -> Plan | None:
    """Return the plan that the environment names, or None where Locust was started by hand."""
    path = os.environ.get(PLAN_VARIABLE)
    return read_plan(Path(path)) if path else None
