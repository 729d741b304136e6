"""The locustfile: sends a workload's schedule once.

``harness run load`` starts it in processes of its own. By hand, with Locust's web UI:

    locust -f scenarios/workloads/impressions.py --host http://127.0.0.1:8080 --workload steady

The sessions are the schedule's, not Locust's: one Locust user a process sends them all.
"""

from __future__ import annotations

from typing import Any

from locust import User, events, task

from harness.load.generator import run_alone
from harness.load.plain import add_options, send_plainly
from harness.load.plan import handed_over
from scenarios.workloads.catalogue import catalogue, entry

PLAN = handed_over()


@events.init_command_line_parser.add_listener
def _add_options(parser: Any, **_: Any) -> None:
    add_options(parser, catalogue())


class Dispatcher(User):
    """Sends the whole schedule, then ends Locust; what failed is in the ledger.

    The exit code is about the generator alone: Locust would log an error of ours, start the task
    again, and end with 1 for any failed request.
    """

    fixed_count = 1

    @task
    def send_everything(self) -> None:
        """Send it once."""
        if PLAN is None:
            send_plainly(self.environment, entry)
            return
        self.environment.process_exit_code = 1
        try:
            run_alone(PLAN)
            self.environment.process_exit_code = 0
        finally:
            self.environment.runner.quit()
