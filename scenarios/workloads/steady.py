"""A steady load: many sessions, each seeing artworks at an even pace and flushing on a delay.

A locustfile: run by ``harness run``, in a process of its own.
"""

from __future__ import annotations

from locust import FastHttpUser, task

from harness.load.sender import Sender


class Dispatcher(FastHttpUser):
    """One user that sends the whole schedule; the sessions are the schedule's, not Locust's."""

    fixed_count = 1
    concurrency = 512
    network_timeout = 10.0
    connection_timeout = 10.0
    max_retries = 0  # a POST must never be sent again behind our back

    @task
    def send_everything(self) -> None:
        """Send the schedule once, then end Locust; what failed is in the ledger.

        The exit code is about the generator alone: Locust would log an error of ours, start the
        task again, and end with 1 for any failed request.
        """
        self.environment.process_exit_code = 1
        try:
            Sender().send_all(self.client)
            self.environment.process_exit_code = 0
        finally:
            self.environment.runner.quit()
