"""One generator process: its task in, its witness files out.

Imported by the locustfiles only. Three ways to get a task: ``harness run`` hands over a file
(``PLAN_VARIABLE``), a master hands it over its message channel (``master``), and a plain
``locust -f`` names a workload on its command line (``plain``).
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

from harness.core.clock import NS_PER_S, Instant
from harness.ledger.json_files import write_json
from harness.ledger.kinds.machine import GeneratorSample
from harness.load.generator.pulse import Counts, Pulse, Report
from harness.load.generator.rows import FileSink, Recorder, Sink
from harness.load.generator.sender import Sender, Task, start_in
from harness.load.generator.task import LIVE_FILE, ROWS_FILE, Plan
from harness.load.generator.wire import Wire
from harness.load.schedule.schedule import Names
from harness.target.dialect import authority_of
from harness.target.system import system_named

HEAD_START_S = 1.0
_ALLOCATIONS = 20_000
"""Objects that may come before garbage is looked for; a request leaves three until written."""

OnReport = Callable[[Report], None]


class Generator:
    """Sends one task into one sink; ``on_report`` gets a small report every second."""

    def __init__(
        self, task: Task, host: str, sink: Sink, *, alone: bool, on_report: OnReport
    ) -> None:
        names = Names(task.workload, task.seed, task.dialect)
        self._wire = Wire(
            host,
            timeout_s=task.workload.timeout_s,
            authority=authority_of(task.dialect),
        )
        self._counts = Counts()
        self._on_report = on_report
        self.recorder = Recorder(sink, names, task.part, alone=alone)
        self._sender = Sender(
            task, names, self.recorder, self._counts, host=self._wire.host, post=self._wire.send
        )
        self._pulse = Pulse(
            self._counts,
            lambda: self._wire.refused,
            self._each_second,
            process=self.recorder.process,
        )
        self._start_ns = 0

    def run(self, start: Instant, origin: Instant, offset_ns: int = 0) -> str:
        """Send the task from ``start`` (this process's clocks) on; return why it ended early.

        ``origin`` is the same moment on the run's clocks, ``offset_ns`` what leads there.
        """
        self.recorder.origin, self.recorder.offset_ns = origin, offset_ns
        self._start_ns = start.mono_ns
        # What is here lives as long as the load; of what comes, half a second is kept.
        thresholds = gc.get_threshold()
        gc.collect()
        gc.freeze()
        gc.set_threshold(_ALLOCATIONS, *thresholds[1:])
        self._pulse.start()
        try:
            self._sender.send_all(start.mono_ns)
        finally:
            gc.set_threshold(*thresholds)
            gc.unfreeze()
            self._pulse.stop()
            self._wire.close()
        return self._sender.stopped_early

    def _each_second(self, at_ns: int, sample: GeneratorSample, report: Report) -> None:
        self.recorder.pulse(at_ns, sample)
        elapsed_s = (at_ns - self._start_ns) / NS_PER_S
        self._on_report({**report, "process": sample.process, "elapsed_s": elapsed_s})


def run_alone(plan: Plan) -> None:
    """Carry out a whole plan in this process, into the run directory."""
    directory = Path(plan.directory)

    def on_report(report: Report) -> None:
        write_json(directory / LIVE_FILE.format(part=0), report)

    task = Task(
        workload=plan.workload,
        seed=plan.seed,
        dialect=system_named(plan.system).dialect,
        sessions=plan.sessions,
    )
    generator = Generator(task, plan.host, FileSink(directory), alone=True, on_report=on_report)
    start = start_in(HEAD_START_S)
    stopped = generator.run(start, start)
    rows = generator.recorder.close()
    write_json(directory / ROWS_FILE, {"rows": rows, "stopped": stopped, "start_ns": start.mono_ns})
