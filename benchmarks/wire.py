"""A load generator as light as Python allows: plain sockets, requests built before the start.

It runs as a process of its own (``python -m benchmarks.wire PLAN``) on the machine that it loads,
so each microsecond it takes is taken from the server: no HTTP library, no coroutines, and answers
are read only after the last one came.
"""

from __future__ import annotations

import contextlib
import gc
import json
import re
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.core.clock import NS_PER_S, seeded_random
from harness.ledger.json_files import write_json

PATH = "/api/artworks/batch-impressions"
ARTWORKS = 10_000_000
GIVE_UP_S = 30.0
_COUNTS = re.compile(rb'"received":(\d+),"inserted":(\d+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What to send: artworks below number ``artworks``.

    ``batches`` is how many requests are built. Without ``rows_per_s`` each of the ``connections``
    sends its next request when it has its answer (a closed loop), until ``seconds`` are over or
    the requests are. With it the requests come at random moments of that mean rate, whatever the
    server does (an open loop), all of them.
    """

    port: int
    cookies: tuple[str, ...]
    ids: int
    batches: int
    connections: int = 64
    seconds: float = 3600.0
    rows_per_s: float | None = None
    seed: int = 1
    artworks: int = ARTWORKS


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent. Moments are CLOCK_MONOTONIC; a request is due when it should have left."""

    started_ns: int
    ended_ns: int
    due_ns: list[int]
    done_ns: list[int]
    received: int
    inserted: int
    failed: int
    cpu_s: float


def build(load: Load) -> list[bytes]:
    """Return the requests of ``load``: random users, random artworks, distinct in one batch."""
    chance = seeded_random(load.seed, "benchmark ids")
    requests = []
    for _ in range(load.batches):
        artworks = [f"artwork-{n:07d}" for n in chance.sample(range(load.artworks), load.ids)]
        body = json.dumps({"artworkIds": artworks}).encode()
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{load.port}\r\n"
            f"Content-Type: application/json\r\nCookie: {chance.choice(load.cookies)}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        requests.append(head.encode() + body)
    return requests


def moments(load: Load) -> list[int] | None:
    """Return when each request is due after the start, or None for a closed loop."""
    if load.rows_per_s is None:
        return None
    chance = seeded_random(load.seed, "benchmark moments")
    at_s, due = 0.0, []
    for _ in range(load.batches):
        at_s += chance.expovariate(load.rows_per_s / load.ids)
        due.append(int(at_s * NS_PER_S))
    return due


def send(load: Load, requests: Sequence[bytes], due: Sequence[int] | None) -> Sent:
    """Send it all; raise TimeoutError when the server stops answering."""
    with contextlib.ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_connection(("127.0.0.1", load.port)))
            for _ in range(load.connections)
        ]
        return _send(load, requests, due, sockets, stack.enter_context(select.epoll()))


def _send(
    load: Load,
    requests: Sequence[bytes],
    due: Sequence[int] | None,
    sockets: list[socket.socket],
    poll: select.epoll,
) -> Sent:
    by_fd = {one.fileno(): one for one in sockets}
    for one in sockets:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(one, select.EPOLLIN)
    free, asked = deque(sockets), dict.fromkeys(by_fd, 0)
    answers: list[bytes] = []
    due_ns, done_ns = [], []
    number, total = 0, len(requests)
    clock = time.monotonic_ns
    started_ns = clock()
    stop_ns = started_ns + int(load.seconds * NS_PER_S)
    while True:
        now_ns = clock()
        if due is None and now_ns >= stop_ns:
            total = number
        while free and number < total and (due is None or started_ns + due[number] <= now_ns):
            one = free.popleft()
            one.sendall(requests[number])
            asked[one.fileno()] = now_ns if due is None else started_ns + due[number]
            number += 1
        wait_s = GIVE_UP_S
        if free and number < total and due is not None:
            wait_s = max(0.0, (started_ns + due[number] - clock()) / NS_PER_S)
        elif number == total and len(free) == len(sockets):
            break
        events = poll.poll(wait_s)
        if not events and wait_s == GIVE_UP_S:
            raise TimeoutError(f"no answer for {GIVE_UP_S:g} s")
        for fd, _ in events:
            answers.append(_answer(by_fd[fd]))
            done_ns.append(clock())
            due_ns.append(asked[fd])
            free.append(by_fd[fd])
    ended_ns = clock()
    counts = [match for answer in answers if (match := _COUNTS.search(answer))]
    return Sent(
        started_ns,
        ended_ns,
        due_ns,
        done_ns,
        received=sum(int(match[1]) for match in counts),
        inserted=sum(int(match[2]) for match in counts),
        failed=len(answers) - len(counts),
        cpu_s=0.0,
    )


def _answer(one: socket.socket) -> bytes:
    """Return one whole answer: its body is a flat JSON object, so it ends with its only brace."""
    answer = one.recv(65536)
    while not answer.endswith(b"}"):
        more = one.recv(65536)
        if not more:
            raise ConnectionError(f"the server hung up after {answer[:200]!r}")
        answer += more
    return answer


def main(plan: Path) -> None:
    """Carry out the load in ``plan`` and write what came of it beside it."""
    load = Load(**json.loads(plan.read_text()))
    requests, due = build(load), moments(load)
    gc.freeze()
    gc.disable()
    before_s = time.process_time()
    sent = asdict(send(load, requests, due))
    sent["cpu_s"] = time.process_time() - before_s
    write_json(plan.with_suffix(".sent.json"), sent)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
