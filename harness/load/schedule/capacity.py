"""Can this machine offer such a rate at all? A quick estimate before anything is started.

The floor of a request's cost is measured here and now: its body made and its answer read, over a
pair of sockets, without a scheduler or a record. What a generator really needs is more
(eight times as much and more where it was measured; ``REAL_OVER_FLOOR`` is on the safe side), so a
rate above the estimate is out of reach on the best day, and is refused. One below it is tried, and
what was not sent in time is in the ledger.
"""

from __future__ import annotations

import json
import math
import os
import socket
import time
from functools import cache

from harness.core.errors import UsageError
from harness.load.schedule.workload import Workload

REAL_OVER_FLOOR = 5.0
_ROUNDS, _TRIES = 400, 5
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 42\r\n\r\n"
    b'{"received":1,"inserted":1,"duplicate":0}  '
)


def peak_per_s(workload: Workload) -> float:
    """Return how many requests a second are due, on average, when the rate is highest."""
    views_per_s = workload.peak_rate_per_s
    if workload.batch:
        return views_per_s / workload.batch
    # A batch is its first view and what the session sees until it leaves.
    more = views_per_s / workload.sessions * workload.flush_delay_s
    ids = max(1, math.ceil(more)) if workload.arrivals == "even" else 1 + more
    return views_per_s / min(workload.batch_size_max, ids)


@cache
def floor_s() -> float:
    """Return the least CPU seconds that one request took here, the best of some tries; measured
    once a process."""
    near, far = socket.socketpair()
    with near, far:
        return min(_try(near, far) for _ in range(_TRIES))


def _try(near: socket.socket, far: socket.socket) -> float:
    body = {"ids": ["load-000001"], "batch": "0" * 16, "tab": "load-1-00001", "number": 1}
    head = "POST / HTTP/1.1\r\nHost: here\r\nCookie: " + "x" * 100 + "\r\n\r\n"
    began = time.process_time()
    for _ in range(_ROUNDS):
        near.sendall((head + json.dumps(body)).encode())
        far.recv(65_536)
        far.sendall(_ANSWER)
        answer = near.recv(65_536)
        json.loads(answer.partition(b"\r\n\r\n")[2])
    return (time.process_time() - began) / _ROUNDS


def refuse_what_cannot_be(workload: Workload, generators: int) -> None:
    """Raise UsageError when ``generators`` processes here cannot offer the workload's peak.

    A search goes beyond what can be on purpose.
    """
    if workload.search_limit_ms:
        return
    cores = min(generators, os.cpu_count() or 1)
    limit_per_s = cores / (REAL_OVER_FLOOR * floor_s())
    peak = peak_per_s(workload)
    if peak > limit_per_s:
        raise UsageError(
            f"the workload's peak is {peak:,.0f} requests/s; {generators} generator"
            f"{'s' if generators > 1 else ''} on {cores} core{'s' if cores > 1 else ''} of this "
            f"machine can offer about {limit_per_s:,.0f}",
            hint="Larger batches, --processes, or more machines with --master",
        )
