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
        """Send the schedule once, then end Locust with success: the ledger says what failed."""
        Sender().send_all(self.client)
        self.environment.process_exit_code = 0
        self.environment.runner.quit()
