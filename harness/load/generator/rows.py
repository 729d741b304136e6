"""What a generator saw, collected in columns and written a batch at a time.

One process, one greenlet at a time: nothing here needs a lock. A batch is written twice a second,
so that a ``kill -9`` costs less than a second, and the views of a window before any of it is sent.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from harness.core.clock import Instant
from harness.ledger.files import WitnessFile
from harness.ledger.kinds import LOAD, MACHINE, VIEWER, WITNESSES
from harness.ledger.kinds.load import LoadRow
from harness.ledger.kinds.machine import GENERATOR, GeneratorSample
from harness.ledger.kinds.viewer import ViewerRow, ViewIntent, ViewShown
from harness.load.schedule.schedule import Names, Window


class Sink(Protocol):
    """Where batches of observations go: files here, or another process that has them."""

    def write(self, witness: str, part: str, batch: pa.RecordBatch) -> None:
        """Take a batch; it is out of our hands when this returns."""

    def close(self) -> dict[str, int]:
        """End; return file name → rows."""


class FileSink:
    """Writes into the run directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._files: dict[str, WitnessFile[Any]] = {}

    def write(self, witness: str, part: str, batch: pa.RecordBatch) -> None:
        """Append to the witness's file for this part, opened on first use."""
        stem = f"{witness}-{part}" if part else witness
        if stem not in self._files:
            self._files[stem] = WitnessFile(self._directory / f"{stem}.arrows", WITNESSES[witness])
        self._files[stem].append(batch)

    def close(self) -> dict[str, int]:
        """Close every file; return file name → rows."""
        for file in self._files.values():
            file.close()
        return {file.path.name: file.rows for file in self._files.values()}


class Sent(NamedTuple):
    """One attempt, as it is kept until the next batch is written. Times are monotonic ns."""

    scheduled_ns: int
    sent_ns: int
    done_ns: int
    user: str
    batch: str
    attempt: int
    outcome: str
    status: int
    error: str | None
    bytes: int
    inserted: int | None
    artworks: list[str]


class Recorder:
    """Turns views and attempts into the viewer's, the load's and the machine's rows.

    ``origin`` is the start of the schedule on both clocks of the run; ``offset_ns`` is what must
    be added to this process's monotonic clock to have the run's.
    """

    def __init__(self, sink: Sink, names: Names, worker: int, *, alone: bool) -> None:
        self.origin = Instant(0, 0)
        self.offset_ns = 0
        self._sink = sink
        self._worker = worker
        self.process = f"{GENERATOR}{worker}"
        self._part = "" if alone else str(worker)
        self._users = pa.array(names.users)
        self._artworks = pa.array(names.artworks)
        self._sent: list[Sent] = []

    def saw(self, sent: Sent) -> None:
        """Keep an attempt for the next batch."""
        self._sent.append(sent)

    def intend(self, window: Window) -> None:
        """Write that the views of a window are about to be shown."""
        self._views(window, ViewIntent)

    def show(self, window: Window) -> None:
        """Write that the views of a window were shown."""
        self._views(window, ViewShown)

    def pulse(self, at_ns: int, sample: GeneratorSample) -> None:
        """Write one row about this process."""
        cells = MACHINE.kind_of(GeneratorSample).cells(sample)
        columns = {name: [value] for name, value in cells.items()}
        columns |= self._moment(np.array([at_ns]))
        batch = MACHINE.batch(GeneratorSample, columns, 1)
        self._sink.write(MACHINE.name, self.process, batch)

    def flush(self) -> None:
        """Write the attempts since the last time as one batch."""
        if not self._sent:
            return
        sent, self._sent = self._sent, []
        columns: dict[str, Any] = dict(zip(Sent._fields, zip(*sent, strict=True), strict=True))
        for name in ("scheduled_ns", "sent_ns", "done_ns"):
            columns[name] = np.array(columns[name], dtype=np.int64) + self.offset_ns
        columns |= self._moment(np.array(columns["sent_ns"]) - self.offset_ns)
        columns["tab"] = columns["user"]
        columns["worker"] = [self._worker] * len(sent)
        self._sink.write(LOAD.name, self._part, LOAD.batch(LoadRow, columns, len(sent)))

    def close(self) -> dict[str, int]:
        """Write what is left; return file name → rows."""
        self.flush()
        return self._sink.close()

    def _views(self, window: Window, kind: type[ViewerRow]) -> None:
        count = len(window.artwork)
        if not count:
            return
        user = self._users.take(pa.array(np.repeat(window.session, np.diff(window.views))))
        columns = {
            "mono_ns": window.shown_ns + self.origin.mono_ns,
            "wall_ns": window.shown_ns + self.origin.wall_ns,
            "user": user,
            "tab": user,
            "artwork": self._artworks.take(pa.array(window.artwork)),
        }
        part = f"load-{self._part}" if self._part else "load"
        self._sink.write(VIEWER.name, part, VIEWER.batch(kind, columns, count))

    def _moment(self, local_ns: Any) -> dict[str, Any]:
        mono_ns = local_ns + self.offset_ns
        return {"mono_ns": mono_ns, "wall_ns": mono_ns - self.origin.mono_ns + self.origin.wall_ns}
