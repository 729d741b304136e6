"""The load generator as child processes: apart, because importing Locust patches everything.

They read what to send from one JSON file and write their own witness files into the run
directory.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import harness
from harness.core.environment import TARGET_SECRETS_VARIABLE
from harness.core.errors import HarnessError, UsageError
from harness.core.wait import block_until, wait_until
from harness.ledger.json_files import read_json
from harness.load.generator.task import PLAN_VARIABLE, ROWS_FILE, WORKER_VARIABLE, Plan, write_plan
from harness.process.interrupt import raise_if_interrupted
from harness.process.ports import free_port
from harness.process.processes import Child, Processes

LOCUSTFILE = Path(harness.__file__).parent.parent / "scenarios" / "workloads" / "impressions.py"

LOCUST_PORT = 5557
LONGEST_S = 24 * 3600.0
"""How long a machine is lent to a load at most."""

WORKERS_COME_S = 120.0
"""How long a master waits for the workers that it was promised."""

# Locust's own start and end come on top of the workload's duration, and the last timeout.
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
    path = write_plan(plan)
    children: list[Child] = []
    workload = plan.workload
    longest_s = workload.duration_s + workload.flush_delay_s + workload.drain_s + _EXTRA_S
    try:
        children += _start(processes, plan, path)

        async def ended() -> bool:
            if watch is not None:
                await watch()
            return children[0].exit_code is not None

        await wait_until(
            "the load generator has ended",
            ended,
            timeout_s=longest_s + (WORKERS_COME_S if plan.master else 0),
            interval_s=0.1,
        )
    finally:
        for child in children:
            child.stop()
            processes.forget(child.pid)
        path.unlink(missing_ok=True)  # it holds session cookies
    return sending_of(children[0], plan)


def _start(processes: Processes, plan: Plan, path: Path) -> list[Child]:
    """Start the process that ends with the load, and the workers that are ours."""
    logs, env = Path(plan.directory) / "logs", {PLAN_VARIABLE: str(path.absolute())}
    if not plan.workers:
        argv = locust_argv(LOCUSTFILE, "--headless", "--users", "1", "--only-summary")
        argv += ["--host", plan.host]
        return [spawn_locust(processes, "locust", argv, logs / "locust.log", env)]
    host, port = address_of(plan.master) if plan.master else ("127.0.0.1", free_port())
    argv = locust_argv(LOCUSTFILE, "--headless", "--users", "1", "--only-summary")
    argv += ["--host", plan.host, "--master"]
    argv += ["--master-bind-host", host, "--master-bind-port", str(port)]
    argv += ["--expect-workers", str(plan.workers)]
    argv += ["--expect-workers-max-wait", f"{WORKERS_COME_S:.0f}"]
    children = [spawn_locust(processes, "locust", argv, logs / "locust.log", env)]
    if not plan.master:
        for number in range(plan.workers):
            log = logs / f"locust-worker-{number}.log"
            children.append(spawn_worker(processes, host, port, log=log))
    return children


def spawn_worker(processes: Processes, host: str, port: int, *, log: Path) -> Child:
    """Start a worker that takes its task from the master there."""
    argv = locust_argv(LOCUSTFILE, "--worker", "--master-host", host, "--master-port", str(port))
    return spawn_locust(processes, "locust-worker", argv, log, {WORKER_VARIABLE: "1"})


def spawn_locust(
    processes: Processes, name: str, argv: list[str], log: Path, env: dict[str, str]
) -> Child:
    """Start a Locust beside its log, where no locust.conf or pyproject.toml of the user's lies.

    It looks for a configuration in the home directory too; Python's own packages there stay.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    env = {"HOME": str(log.parent.absolute()), "PYTHONUSERBASE": site.getuserbase(), **env}
    if secrets := os.environ.get(TARGET_SECRETS_VARIABLE):
        env[TARGET_SECRETS_VARIABLE] = secrets
    return processes.spawn(name, argv, log=log.absolute(), env=env, cwd=log.parent.absolute())


def lend(processes: Processes, host: str, port: int) -> None:
    """Send a part of the load of the master there until it ends.

    Raises HarnessError when the worker breaks.
    """
    log = processes.scratch("load-worker") / "locust.log"
    child = spawn_worker(processes, host, port, log=log)

    def ended() -> bool:
        raise_if_interrupted()
        return child.exit_code is not None

    block_until("the load has ended", ended, timeout_s=LONGEST_S, interval_s=0.2)
    if child.exit_code != 0:
        raise HarnessError(f"the worker ended with {child.exit_code}: {child.last_words()}")


def address_of(text: str) -> tuple[str, int]:
    """Return host and port of ``HOST[:PORT]``; Locust's own port where none is given.

    Raises UsageError when it is neither.
    """
    host, colon, port = text.rpartition(":")
    if not colon:
        host, port = text, str(LOCUST_PORT)
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:
        raise UsageError(f"{text!r} is no HOST:PORT", hint=f"Write 192.168.1.20:{LOCUST_PORT}")
    return host, int(port)


def locust_argv(locustfile: Path, *more: str) -> list[str]:
    """Return the command that starts Locust with a locustfile."""
    return [sys.executable, "-m", "locust", "-f", str(locustfile.absolute()), *more]


def sending_of(child: Child, plan: Plan) -> Sending:
    """Return how the load ended. Raises HarnessError when the generator broke."""
    if child.exit_code != 0:
        words = child.last_words()
        if "Gave up waiting for workers" in child.log.read_text(errors="replace"):
            raise HarnessError(
                f"fewer than {plan.workers} workers came within {WORKERS_COME_S:g} s",
                hint=f"Say `harness load-worker --master {plan.master}` on each of their machines",
            )
        raise HarnessError(
            f"the load generator ended with {child.exit_code}: {words}",
            hint=f"Its log is {child.log}",
        )
    content = read_json(Path(plan.directory) / ROWS_FILE)
    return Sending(
        rows={name: int(count) for name, count in content["rows"].items()},
        stopped=str(content["stopped"]),
        start_ns=int(content["start_ns"]),
    )
