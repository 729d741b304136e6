"""The locustfile: sends a workload's schedule once.

``harness run load`` starts it in processes of its own, one or a master with workers. By hand, with
Locust's web UI:

    locust -f scenarios/workloads/impressions.py --host http://127.0.0.1:8080 --workload steady

The sessions are the schedule's, not Locust's: one Locust user a process sends them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
from locust import User, events, task
from locust.runners import MasterRunner, WorkerRunner

from harness.load.generator.generator import run_alone
from harness.load.generator.master import Master
from harness.load.generator.plain import add_options, refuse_users, send_plainly
from harness.load.generator.task import handed_over
from harness.load.generator.worker import LentWorker, is_lent
from scenarios.workloads.catalogue import catalogue, entry

PLAN = handed_over()


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _add_options(parser: Any, **_: Any) -> None:
    add_options(parser, catalogue())


@events.init.add_listener  # type: ignore[untyped-decorator]
def _listen(environment: Any, **_: Any) -> None:
    """Let a worker of ours hear its master, and a master of ours begin when all are there."""
    if isinstance(environment.runner, WorkerRunner) and is_lent():
        LentWorker(environment.runner)
    elif PLAN is None:
        refuse_users(environment)
    if isinstance(environment.runner, MasterRunner) and PLAN is not None:
        master = Master(environment.runner, PLAN)

        @events.test_start.add_listener  # type: ignore[untyped-decorator]
        def _begin(**_: Any) -> None:
            gevent.spawn(_ending_locust, environment, master.run)


def _ending_locust(environment: Any, work: Callable[[], None]) -> None:
    """Do the work and end Locust. The exit code is about the generator alone: Locust would end
    with 1 for any failed request."""
    environment.process_exit_code = 1
    try:
        work()
        environment.process_exit_code = 0
    finally:
        environment.runner.quit()


class Dispatcher(User):
    """Sends the whole schedule, then ends Locust; what failed is in the ledger.

    On a worker that a master of ours tells what to send it has nothing to do.
    """

    fixed_count = 1

    @task
    def send_everything(self) -> None:
        """Send it once."""
        if isinstance(self.environment.runner, WorkerRunner) and is_lent():
            gevent.sleep(1.0)
        elif PLAN is None:
            send_plainly(self.environment, entry)
        else:
            _ending_locust(self.environment, lambda: run_alone(PLAN))
