"""A bare Locust loop, for the benchmark: what a load costs Locust itself, without any of ours.

Users post prepared bodies one after the other and wait for each answer: a closed model, as an
ordinary locustfile is. Nothing is recorded but by Locust. ``python -m benchmarks.load`` starts it:

    locust -f scenarios/workloads/bare.py --headless --users 20
"""

from __future__ import annotations

import itertools
import json
import os
import time
from pathlib import Path
from typing import Any

import gevent
from locust import FastHttpUser, constant_throughput, events, task

_PLAN = json.loads(Path(os.environ["BENCHMARK_BARE_PLAN"]).read_text(encoding="utf-8"))
_REQUESTS = itertools.cycle(
    [
        (
            request["body"].encode(),
            {"Content-Type": "application/json", "Cookie": request["cookie"]},
        )
        for request in json.loads(Path(_PLAN["requests"]).read_text(encoding="utf-8"))
    ]
)


class Bare(FastHttpUser):
    """Sends the next body when the last one was answered; at ``rate_per_s`` at most, if given."""

    if _PLAN["rate_per_s"]:
        wait_time = constant_throughput(_PLAN["rate_per_s"])

    @task
    def post(self) -> None:
        """Send one."""
        body, headers = next(_REQUESTS)
        self.client.post(_PLAN["path"], data=body, headers=headers)


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def _measure(environment: Any, **_: Any) -> None:
    gevent.spawn(_tell, environment)


def _tell(environment: Any) -> None:
    """Write requests, CPU and time of the stretch after the start, and all response times as Locust
    has them (ms, rounded → how many); then end Locust."""
    gevent.sleep(_PLAN["warm_up_s"])
    total = environment.stats.total
    before = (time.monotonic(), time.process_time(), total.num_requests)
    gevent.sleep(_PLAN["seconds"])
    after = (time.monotonic(), time.process_time(), total.num_requests)
    result = {
        "seconds": after[0] - before[0],
        "cpu_s": after[1] - before[1],
        "requests": after[2] - before[2],
        "failed": total.num_failures,
        "response_ms": {str(ms): count for ms, count in total.response_times.items()},
        "longest_ms": total.max_response_time,
    }
    Path(_PLAN["result"]).write_text(json.dumps(result), encoding="utf-8")
    environment.runner.quit()
