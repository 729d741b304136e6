"""The Locust child: started as a process of its own, because importing Locust patches everything.

It is told what to send in one JSON file and writes its own witness files into the run directory.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from harness.errors import HarnessError
from harness.load.schedule import Workload
from harness.processes import Processes
from harness.rundir import read_json, write_json
from harness.wait import wait_until

PLAN_VARIABLE = "HARNESS_LOAD_PLAN"
ROWS_FILE = "load-rows.json"
WORKLOADS = Path(__file__).resolve().parents[2] / "scenarios" / "workloads"

# Sign-ins, Locust's own start and the last retries come on top of the workload's duration.
_EXTRA_S = 90.0


async def run_locust(
    processes: Processes,
    *,
    locustfile: str,
    directory: Path,
    host: str,
    workload: Workload,
    seed: int,
    cookies: Mapping[str, str],
) -> dict[str, int]:
    """Run a workload to its end; returns when every request is answered or given up.

    The answer maps each witness file that the child wrote to its number of rows.

    ``cookies`` maps users to their Cookie header. Raises HarnessError when the generator dies or
    does not end in time: what it wrote stays in the run directory.
    """
    plan = directory / "load-plan.json"
    write_json(
        plan,
        {
            "directory": str(directory),
            "seed": seed,
            "workload": asdict(workload),
            "cookies": dict(cookies),
        },
    )
    argv = [sys.executable, "-m", "locust", "-f", str(WORKLOADS / locustfile), "--headless"]
    argv += ["--host", host, "--users", "1", "--only-summary", "--stop-timeout", "30"]
    child = processes.spawn(
        "locust",
        argv,
        log=directory / "logs" / "locust.log",
        env={PLAN_VARIABLE: str(plan)},
    )
    try:
        await wait_until(
            "the load generator has ended",
            lambda: child.exit_code is not None,
            timeout_s=workload.duration_s + workload.flush_delay_s + _EXTRA_S,
            interval_s=0.1,
        )
    finally:
        child.stop()
        processes.forget(child.pid)
        plan.unlink(missing_ok=True)  # it holds session cookies
    if child.exit_code != 0:
        raise HarnessError(
            f"the load generator ended with {child.exit_code}: {child.last_words()}",
            hint=f"Its log is {child.log}",
        )
    rows = read_json(directory / ROWS_FILE)
    return {name: int(count) for name, count in rows.items()}
