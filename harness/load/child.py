"""The load generator as child processes: apart, because importing Locust patches everything.

They are told what to send in one JSON file and write their own witness files into the run
directory.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.load.plan import PLAN_VARIABLE, ROWS_FILE, Plan, write_plan
from harness.load.schedule import Workload
from harness.processes import Child, Processes
from harness.rundir import read_json
from harness.wait import wait_until

LOCUSTFILE = Path(__file__).resolve().parents[2] / "scenarios" / "workloads" / "impressions.py"

# Locust's own start, the last retries and a timeout come on top of the workload's duration.
_EXTRA_S = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How a load ended: file name → rows of what the generators wrote, why the schedule was given
    up early (empty: it was not), and when it started (monotonic ns)."""

    rows: dict[str, int]
    stopped: str
    start_ns: int


async def run_locust(
    processes: Processes, plan: Plan, watch: Callable[[], Awaitable[None]] | None = None
) -> Sending:
    """Carry a plan out to its end; returns when every request is answered or given up.

    ``watch`` is called again and again meanwhile. Raises HarnessError when the generator dies or
    does not end in time: what it wrote stays in the run directory.
    """
    directory = Path(plan.directory)
    path = write_plan(plan)
    child = processes.spawn(
        "locust",
        locust_argv(plan.host),
        log=directory / "logs" / "locust.log",
        env={PLAN_VARIABLE: str(path)},
    )

    async def ended() -> bool:
        if watch is not None:
            await watch()
        return child.exit_code is not None

    try:
        await wait_until(
            "the load generator has ended",
            ended,
            timeout_s=longest_s(plan.workload),
            interval_s=0.1,
        )
    finally:
        child.stop()
        processes.forget(child.pid)
        path.unlink(missing_ok=True)  # it holds session cookies
    return sending_of(child, directory)


def locust_argv(host: str, *more: str) -> list[str]:
    """Return the command of one Locust process without a web UI."""
    argv = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless"]
    return [*argv, "--host", host, "--users", "1", "--only-summary", *more]


def longest_s(workload: Workload) -> float:
    """Return how long a workload may take: beyond this the generator hangs."""
    return workload.duration_s + workload.flush_delay_s + _EXTRA_S


def sending_of(child: Child, directory: Path) -> Sending:
    """Return how the load ended. Raises HarnessError when the generator broke."""
    if child.exit_code != 0:
        raise HarnessError(
            f"the load generator ended with {child.exit_code}: {child.last_words()}",
            hint=f"Its log is {child.log}",
        )
    content = read_json(directory / ROWS_FILE)
    return Sending(
        rows={name: int(count) for name, count in content["rows"].items()},
        stopped=str(content["stopped"]),
        start_ns=int(content["start_ns"]),
    )
