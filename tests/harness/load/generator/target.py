"""A target for the load generator that does as it is configured: answers, refuses, keeps silent."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from harness.ledger.files import read_witness
from harness.load.child import Sending, run_locust
from harness.load.generator.task import Plan
from harness.load.schedule.schedule import Names, Workload
from harness.process.processes import Processes
from harness.process.supervisor import tagged_processes
from harness.target.reference.dialect import ReferenceDialect
from harness.target.system import REFERENCE

Answering = Callable[[], tuple[int, str] | None]
"""Returns the status and more headers of the next answer, or None to keep silent."""

SEED = 5
LONGER = Workload(sessions=10, impressions=12, duration_s=12.0, flush_delay_s=1.0, drain_s=2.0)
"""Long enough for a worker to die in the middle of it."""


class Target:
    """Counts what arrives, by id."""

    def __init__(self, answering: Answering) -> None:
        self.url = ""
        self.arrived: Counter[tuple[str, str]] = Counter()
        self._answering = answering

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length:")[2].split()[0])
                batch = json.loads(await reader.readexactly(length))
                self.arrived.update((batch["tabId"], name) for name in batch["artworkIds"])
                answer = self._answering()
                if answer is None:
                    await reader.read()  # until the client gives up
                    break
                status, more = answer
                body = b'{"inserted": %d}' % len(batch["artworkIds"])
                start = f"HTTP/1.1 {status} X\r\n{more}Content-Length: {len(body)}\r\n\r\n"
                writer.write(start.encode() + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def target(answering: Answering, host: str = "127.0.0.1") -> AsyncIterator[Target]:
    """Serve on a free port for the length of the block."""
    double = Target(answering)
    server = await asyncio.start_server(double.serve, host, 0)
    double.url = f"http://{host}:{server.sockets[0].getsockname()[1]}"
    try:
        yield double
    finally:
        server.close()


def plan_for(directory: Path, host: str, workload: Workload, **more: Any) -> Plan:
    """Return a plan whose users need no sign-in."""
    names = Names(workload, SEED, ReferenceDialect())
    fields: dict[str, Any] = {
        "system": REFERENCE,
        "sessions": dict.fromkeys(names.users, "Cookie: s=1\r\n"),
        **more,
    }
    return Plan(directory=str(directory), host=host, seed=SEED, workload=workload, **fields)


async def send(
    directory: Path, host: str, workload: Workload, **more: Any
) -> tuple[Sending, list[dict[str, Any]]]:
    """Send a workload with real processes; return how it ended and the load's rows.

    Fails unless every file holds the rows that were counted, and nothing is left running.
    """
    with Processes() as processes:
        sending = await run_locust(processes, plan_for(directory, host, workload, **more))
        left = [p for p in tagged_processes(processes.tag) if "locust" in " ".join(p.cmdline())]
        assert left == []
    return sending, rows_of(directory, sending, "load")


def rows_of(directory: Path, sending: Sending, witness: str) -> list[dict[str, Any]]:
    """Return a witness's rows of all parts; fail unless the files are whole."""
    found = []
    for name, count in sending.rows.items():
        testimony = read_witness(directory / name)
        assert not testimony.truncated
        assert testimony.table.num_rows == count, name
        if name.startswith(witness):
            found += testimony.table.to_pylist()
    return found


def first_attempts(rows: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """Return how often each impression was in a first attempt: once, if no slot was skipped."""
    return Counter((row["user"], a) for row in rows if row["attempt"] == 1 for a in row["artworks"])
