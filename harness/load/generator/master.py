"""Deals the slots of a workload out to Locust's workers and keeps their books.

Every worker's observations become files of the one ledger. A worker that is silent for
``LOST_S`` is lost, one that reports more than ``LATE_S`` late lags: either is written down as a row
of the network witness, for a load that lost a part proves nothing about the whole.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import gevent

from harness.core.clock import NS_PER_S, Instant, now
from harness.ledger.files import WitnessFile
from harness.ledger.json_files import write_json
from harness.ledger.kinds import NETWORK
from harness.ledger.kinds.network import WorkerClock, WorkerCount, WorkerLag, WorkerLost
from harness.load.generator.clocks import boot_id
from harness.load.generator.generator import HEAD_START_S
from harness.load.generator.rows import FileSink
from harness.load.generator.task import LIVE_FILE, ROWS_FILE, Plan
from harness.load.generator.worker import batch_of

READY_S = 60.0
LOST_S = 6.0
LATE_S = 2.5
DEAF_S = 1.0
"""A master whose looks are that far apart was held up itself: that silence is its own."""
_LOOK_S = 0.1


@dataclass(slots=True, kw_only=True)
class _Worker:
    """One worker, as far as the master knows."""

    number: int
    client: str
    heard_ns: int
    host: str = ""
    is_ready: bool = False
    is_done: bool = False
    is_lost: bool = False
    late_at_s: float = -1.0
    stopped: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    clock: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def is_out(self) -> bool:
        """Return whether nothing more is expected of it."""
        return self.is_done or self.is_lost


class Master:
    """One load, dealt out to the workers that are connected when ``run`` is called."""

    def __init__(self, runner: Any, plan: Plan) -> None:
        self._runner = runner
        self._plan = plan
        self._directory = Path(plan.directory)
        self._sink = FileSink(self._directory)
        self._network = WitnessFile(self._directory / "network-load.arrows", NETWORK)
        self._workers: dict[str, _Worker] = {}
        self._origin = Instant(0, 0)
        self._looked_ns = 0
        for kind in ("ready", "clock", "rows", "beat", "done", "failed"):
            runner.register_message(f"load_{kind}", getattr(self, f"_on_{kind}"))

    def run(self) -> None:
        """Deal out, wait until every worker is done or lost, and close the books."""
        clients = [client.id for client in self._runner.clients.all]
        for number, client in enumerate(sorted(clients, key=self._runner.get_worker_index)):
            self._workers[client] = _Worker(
                number=number, client=client, heard_ns=time.monotonic_ns()
            )
        workers = list(self._workers.values())
        plan = {
            "workload": asdict(self._plan.workload),
            "seed": self._plan.seed,
            "system": self._plan.system,
            "sessions": dict(self._plan.sessions),
            "host": self._plan.host,
            "parts": len(workers),
            "boot": boot_id(),
        }
        for worker in workers:
            self._runner.send_message("load_plan", {**plan, "part": worker.number}, worker.client)
        deadline = time.monotonic() + READY_S
        while not all(w.is_ready or w.is_out for w in workers) and time.monotonic() < deadline:
            gevent.sleep(_LOOK_S)
        ahead_ns = int(HEAD_START_S * NS_PER_S)
        moment = now()
        self._origin = Instant(moment.mono_ns + ahead_ns, moment.wall_ns + ahead_ns)
        for worker in workers:
            if worker.is_ready:
                self._runner.send_message("load_go", self._origin._asdict(), worker.client)
            elif not worker.is_out:
                self._lose(worker, f"was not ready within {READY_S:g} s")
        self._looked_ns = time.monotonic_ns()
        while not all(worker.is_out for worker in workers):
            gevent.sleep(_LOOK_S)
            self._look(workers)
        self._close(workers)

    def _look(self, workers: list[_Worker]) -> None:
        """Give up silent workers; what arrived while this process was held up is read first."""
        now_ns = time.monotonic_ns()
        deaf_ns, self._looked_ns = now_ns - self._looked_ns, now_ns
        for worker in workers:
            if deaf_ns > DEAF_S * NS_PER_S:
                worker.heard_ns += deaf_ns
            silent_s = (now_ns - worker.heard_ns) / NS_PER_S
            if not worker.is_out and silent_s > LOST_S:
                self._lose(worker, f"was not heard for {silent_s:.1f} s")

    def _lose(self, worker: _Worker, why: str) -> None:
        worker.is_lost = True
        sent, due = worker.report.get("sent", 0), worker.report.get("scheduled", 0)
        what = f"worker {worker.number} {worker.host} {why}; it had sent {sent} of {due} slots"
        self._network.saw(WorkerLost(worker=worker.number, what=what))
        self._network.flush()

    def _close(self, workers: list[_Worker]) -> None:
        rows = self._sink.close()
        for worker in workers:
            missing = {
                name: count - rows.get(name, 0)
                for name, count in worker.rows.items()
                if count != rows.get(name, 0)
            }
            if missing:
                self._lose(worker, f"sent rows that never came: {missing}")
            if worker.clock:
                is_same, error_ns = worker.clock["same_clock"], worker.clock["error_ns"]
                self._network.saw(
                    WorkerClock(
                        error_ms=0.0 if is_same else error_ns / 1e6,
                        worker=worker.number,
                        host=worker.host,
                        same_clock=is_same,
                        offset_ns=worker.clock["offset_ns"],
                        error_ns=error_ns,
                    )
                )
        self._network.saw(WorkerCount(workers=len(workers)))
        self._network.close()
        rows[self._network.path.name] = self._network.rows
        write_json(
            self._directory / ROWS_FILE,
            {
                "rows": rows,
                "stopped": "; ".join({worker.stopped for worker in workers if worker.stopped}),
                "start_ns": self._origin.mono_ns,
            },
        )

    def _heard(self, msg: Any) -> _Worker | None:
        """Return the worker that speaks; one that we do not know is not listened to."""
        worker = self._workers.get(msg.node_id)
        if worker is not None:
            worker.heard_ns = time.monotonic_ns()
        return worker

    def _on_clock(self, msg: Any, **_: Any) -> None:
        self._runner.send_message(
            "load_clock",
            {"number": msg.data["number"], "mono_ns": time.monotonic_ns()},
            msg.node_id,
        )
        self._heard(msg)

    def _on_ready(self, msg: Any, **_: Any) -> None:
        if worker := self._heard(msg):
            worker.host, worker.is_ready = msg.data["host"], True

    def _on_rows(self, msg: Any, **_: Any) -> None:
        if self._heard(msg):
            self._sink.write(msg.data["witness"], msg.data["part"], batch_of(msg.data))

    def _on_beat(self, msg: Any, **_: Any) -> None:
        before_ns = self._workers[msg.node_id].heard_ns if msg.node_id in self._workers else 0
        if (worker := self._heard(msg)) is None:
            return
        report = worker.report = msg.data["report"]
        write_json(self._directory / LIVE_FILE.format(part=worker.number), report)
        elapsed_s = (worker.heard_ns - self._origin.mono_ns) / NS_PER_S
        late_s = max(elapsed_s - report["elapsed_s"], (worker.heard_ns - before_ns) / NS_PER_S - 1)
        if late_s > LATE_S and elapsed_s - worker.late_at_s > LOST_S:
            worker.late_at_s = elapsed_s
            what = f"worker {worker.number} {worker.host} reported {late_s:.1f} s late"
            self._network.saw(WorkerLag(late_s=late_s, what=what))

    def _on_done(self, msg: Any, **_: Any) -> None:
        if worker := self._heard(msg):
            worker.rows, worker.stopped = msg.data["rows"], msg.data["stopped"]
            worker.clock = {
                name: msg.data[name] for name in ("same_clock", "offset_ns", "error_ns")
            }
            worker.is_done = True

    def _on_failed(self, msg: Any, **_: Any) -> None:
        if worker := self._heard(msg):
            self._lose(worker, f"broke: {msg.data['error']}")
