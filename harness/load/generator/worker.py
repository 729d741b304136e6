"""A generator that a master tells what to send: this side of Locust's message channel.

It asks for the master's clock, says it is ready, sends its part of the slots from the agreed
moment on, and hands every batch of its observations over as it is written. The master keeps the
ledger; nothing stays here.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from typing import Any

import gevent
import pyarrow as pa
from gevent.event import Event
from gevent.queue import Empty, Queue

from harness.core.clock import Instant
from harness.ledger.kinds import WITNESSES
from harness.load.generator.clocks import Offset, best_offset, boot_id, error_over
from harness.load.generator.generator import Generator
from harness.load.generator.pulse import Report
from harness.load.generator.sender import Task
from harness.load.generator.task import WORKER_VARIABLE
from harness.load.schedule.workload import Workload
from harness.target.system import system_named

EXCHANGES = 20
ANSWER_S = 5.0

_Exchange = tuple[int, int, int]


def is_lent() -> bool:
    """Return whether this process takes its task from a master of ours."""
    return bool(os.environ.get(WORKER_VARIABLE))


class ChannelSink:
    """Hands batches of observations over to the master."""

    def __init__(self, runner: Any) -> None:
        self._runner = runner
        self._rows: dict[str, int] = {}

    def write(self, witness: str, part: str, batch: pa.RecordBatch) -> None:
        """Send a batch; the channel keeps the order."""
        data = batch.serialize().to_pybytes()
        self._runner.send_message("load_rows", {"witness": witness, "part": part, "data": data})
        name = file_name(witness, part)
        self._rows[name] = self._rows.get(name, 0) + batch.num_rows

    def close(self) -> dict[str, int]:
        """Return how many rows were sent for each file."""
        return self._rows


def file_name(witness: str, part: str) -> str:
    """Return the name of a witness's file for a part."""
    return f"{witness}-{part}.arrows" if part else f"{witness}.arrows"


def batch_of(message: Mapping[str, Any]) -> pa.RecordBatch:
    """Return the batch of observations that a message carries."""
    return pa.ipc.read_record_batch(
        pa.py_buffer(message["data"]), WITNESSES[message["witness"]].schema
    )


class LentWorker:
    """Carries out one task for the master of a Locust worker runner."""

    def __init__(self, runner: Any) -> None:
        self._runner = runner
        self._clock: Queue[tuple[int, int, int]] = Queue()
        self._go = Event()
        self._origin = Instant(0, 0)
        runner.register_message("load_plan", self._on_plan)
        runner.register_message("load_clock", self._on_clock)
        runner.register_message("load_go", self._on_go)

    def _on_plan(self, msg: Any, **_: Any) -> None:
        gevent.spawn(self._carry_out, msg.data)

    def _on_clock(self, msg: Any, **_: Any) -> None:
        self._clock.put((msg.data["number"], msg.data["mono_ns"], time.monotonic_ns()))

    def _on_go(self, msg: Any, **_: Any) -> None:
        self._origin = Instant(msg.data["mono_ns"], msg.data["wall_ns"])
        self._go.set()

    def _carry_out(self, plan: Mapping[str, Any]) -> None:
        try:
            self._send(plan)
        except BaseException as error:
            self._runner.send_message("load_failed", {"error": f"{type(error).__name__}: {error}"})
            raise

    def _send(self, plan: Mapping[str, Any]) -> None:
        task = Task(
            workload=Workload(**plan["workload"]),
            seed=plan["seed"],
            dialect=system_named(plan["system"]).dialect,
            sessions=plan["sessions"],
            part=plan["part"],
            parts=plan["parts"],
        )
        sink = ChannelSink(self._runner)
        generator = Generator(task, plan["host"], sink, alone=False, on_report=self._send_report)
        begin = self._ask_clock()
        same_clock = bool(boot_id()) and boot_id() == plan["boot"]
        offset_ns = 0 if same_clock else begin.offset_ns
        self._runner.send_message(
            "load_ready", {"host": socket.gethostname(), "offset_ns": begin.offset_ns}
        )
        self._go.wait()
        start = Instant(
            self._origin.mono_ns - offset_ns,
            time.time_ns() + self._origin.mono_ns - offset_ns - time.monotonic_ns(),
        )
        stopped = generator.run(start, self._origin, offset_ns)
        rows = generator.recorder.close()
        end = self._ask_clock()
        self._runner.send_message(
            "load_done",
            {
                "rows": rows,
                "stopped": stopped,
                "same_clock": same_clock,
                "offset_ns": begin.offset_ns,
                "error_ns": error_over(begin, end),
            },
        )

    def _ask_clock(self) -> Offset:
        """Ask the master's clock many times. Raises TimeoutError when it never answers."""
        exchanges: list[_Exchange] = []
        for number in range(EXCHANGES):
            asked_ns = time.monotonic_ns()
            self._runner.send_message("load_clock", {"number": number})
            try:
                answer = self._clock.get(timeout=ANSWER_S)
                while answer[0] != number:
                    answer = self._clock.get(timeout=ANSWER_S)
            except Empty:
                break
            exchanges.append((asked_ns, answer[1], answer[2]))
        if not exchanges:
            raise TimeoutError("the master did not say its time")
        return best_offset(exchanges)

    def _send_report(self, report: Report) -> None:
        self._runner.send_message("load_beat", {"report": report})
