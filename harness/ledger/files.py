"""The ledger: one append-only file a witness, readable up to the last flushed second.

Files are Arrow IPC *streams*: a batch at most every half second, so that a ``kill -9`` costs less
than a second of observations. A reader stops at the last whole batch and says so. When a run ends
properly the number of rows of every file is written down, so that a file that lost its tail later
is noticed too.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Generic

import pyarrow as pa

from harness.core.clock import Instant, now
from harness.core.errors import HarnessError, LedgerDamaged, LedgerUnreadable
from harness.ledger import door
from harness.ledger.examine import flaws
from harness.ledger.kinds import WITNESSES
from harness.ledger.kinds.base import R, Witness
from harness.ledger.schema import FORMAT

FLUSH_INTERVAL_S = 0.5

# What Arrow raises on bytes that are not, or no longer, a stream.
_UNREADABLE = (pa.ArrowException, OSError, EOFError, KeyError, ValueError, StopIteration)
_LEAST_ROW_BYTES = 8
"""A row has at least one time."""
QUOTA_BYTES = door.MOST_BYTES


class WitnessFile(Generic[R]):
    """Appends one witness's observations to one file. Safe to call from several threads.

    Raises HarnessError from ``saw`` or ``flush`` when the disk is full or the quota is used up;
    what was flushed before stays readable.
    """

    def __init__(self, path: Path, witness: Witness[R], *, quota_bytes: int = QUOTA_BYTES) -> None:
        self.path = path
        self.rows = 0
        self._witness = witness
        self._schema = witness.schema.with_metadata(
            {"witness": witness.name, "format": str(FORMAT)}
        )
        self._columns: dict[str, list[Any]] = {name: [] for name in self._schema.names}
        self._lock = threading.Lock()
        self._quota_bytes = quota_bytes
        self._failure: HarnessError | None = None
        with _trouble_named(path), ExitStack() as undo:
            self._file = undo.enter_context(door.create(path.parent, path.name))
            self._stream = pa.ipc.new_stream(self._file, self._schema)
            # The header is on disk from the first moment on. And pyarrow imports pandas when it
            # first converts a list, a third of a second that must not fall into a measurement.
            self._stream.write_batch(self._batch())
            undo.pop_all()

    def saw(self, row: R, *, at: Instant | None = None) -> None:
        """Append one observation; ``at`` defaults to now.

        Raises HarnessError for a row that is no kind of this witness.
        """
        moment = at or now()
        kind = self._witness.kind_of(type(row))
        with _trouble_named(self.path):
            cells = kind.cells(row)
        cells |= {"mono_ns": moment.mono_ns, "wall_ns": moment.wall_ns, "kind": kind.name}
        with self._lock:
            self._raise_failure()
            for name, column in self._columns.items():
                column.append(cells.get(name))
            self.rows += 1

    def append(self, batch: pa.RecordBatch) -> None:
        """Write a whole batch of observations, as ``Witness.batch`` makes it.

        Raises HarnessError for rows that are no kind of this witness.
        """
        if wrong := flaws(self._witness, batch):
            raise HarnessError(f"{self.path.name} cannot hold {'; '.join(wrong)}")
        self.flush()
        with self._lock:
            self._raise_failure()
            self._write(lambda: batch.cast(self._schema))
            self.rows += batch.num_rows

    def flush(self) -> None:
        """Write what was seen since the last flush as one batch."""
        with self._lock:
            self._raise_failure()
            first = next(iter(self._columns.values()))
            if not first:
                return
            self._write(self._batch)
            for column in self._columns.values():
                column.clear()

    def close(self) -> None:
        """Flush, end the stream and close the file."""
        try:
            self.flush()
            with self._lock, self._remembered():
                self._stream.close()
        finally:
            self._file.close()

    def _write(self, made: Callable[[], pa.RecordBatch]) -> None:
        """Write what ``made`` returns; that it cannot be made is trouble of this file alone."""
        with self._remembered():
            if self._file.tell() > self._quota_bytes:
                raise OSError(f"the run's quota of {self._quota_bytes} bytes is used up")
            self._stream.write_batch(made())

    def _batch(self) -> pa.RecordBatch:
        return pa.RecordBatch.from_pydict(self._columns, schema=self._schema)

    @contextmanager
    def _remembered(self) -> Iterator[None]:
        """Make trouble the file's lasting failure: later rows must not look written."""
        try:
            with _trouble_named(self.path):
                yield
        except HarnessError as error:
            self._failure = error
            raise

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure


class Ledger:
    """All witness files of one run, flushed by one background thread.

    Use as a context manager. ``witness(VIEWER)`` opens ``viewer.arrows`` on first use.
    """

    def __init__(self, directory: Path, *, quota_bytes: int = QUOTA_BYTES) -> None:
        self.directory = directory
        self.failure: HarnessError | None = None
        self._quota_bytes = quota_bytes
        self._files: dict[str, WitnessFile[Any]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._flush_forever, name="ledger", daemon=True)
        self._elsewhere: dict[str, int] = {}

    def __enter__(self) -> Ledger:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        for file in self._files.values():
            try:
                file.close()
            except HarnessError as trouble:
                self.failure = self.failure or trouble
        if self.failure and error is None:
            raise self.failure

    def witness(self, witness: Witness[R]) -> WitnessFile[R]:
        """Return the file of a witness, opened on first use."""
        if witness.name not in self._files:
            path = self.directory / f"{witness.name}.arrows"
            self._files[witness.name] = WitnessFile(path, witness, quota_bytes=self._quota_bytes)
        return self._files[witness.name]

    def rows(self) -> dict[str, int]:
        """Return file name → rows written, for the run's closing record."""
        return {f.path.name: f.rows for f in self._files.values()} | self._elsewhere

    def wrote_elsewhere(self, rows: Mapping[str, int]) -> None:
        """Take note of the files that another process wrote into the same directory."""
        self._elsewhere |= rows

    def _flush_forever(self) -> None:
        while not self._stop.wait(FLUSH_INTERVAL_S):
            for file in list(self._files.values()):
                try:
                    file.flush()
                except HarnessError as trouble:
                    self.failure = self.failure or trouble


@dataclass(frozen=True, slots=True)
class Testimony:
    """What one witness file holds: its whole batches, and whether it ended in the middle of one."""

    table: pa.Table
    truncated: bool


def read_witness(path: Path) -> Testimony:
    """Return the rows of a witness file up to its last whole batch.

    Raises LedgerUnreadable when the file is of another format, and LedgerDamaged for what a witness
    never writes and what could grow without bound: compressed batches, and more rows than its bytes
    can hold. An empty or headless file has no rows and counts as truncated.
    """
    stream = WitnessStream(path)
    batches = list(stream)
    return Testimony(pa.Table.from_batches(batches, schema=stream.schema), stream.truncated)


class WitnessStream:
    """The batches of a witness file, one after the other: the file may be larger than memory.

    ``schema`` is the file's own once the first batch was asked for; ``truncated`` says after the
    last one whether the file ended in the middle of a batch. Iterating raises as ``read_witness``.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.schema: pa.Schema = WITNESSES[witness_of(path.name)].schema
        self.truncated = False

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        path = self._path
        with door.opened(path.parent, path.name) as file:
            most_rows = os.fstat(file.fileno()).st_size // _LEAST_ROW_BYTES
            try:
                messages = pa.ipc.MessageReader.open_stream(file)
                self.schema = pa.ipc.read_schema(messages.read_next_message())
                _refuse_other_formats(path, self.schema.metadata or {})
                for message in messages:
                    if is_compressed(message):
                        what = "has a compressed batch, which no witness writes"
                        raise LedgerDamaged(f"{path} {what}")
                    batch = pa.ipc.read_record_batch(message, self.schema)
                    batch.validate(full=True)
                    most_rows -= batch.num_rows
                    if most_rows < 0:
                        raise LedgerDamaged(f"{path} has more rows than its bytes can hold")
                    yield batch
            except _UNREADABLE:
                self.truncated = True


def is_compressed(message: pa.ipc.Message) -> bool:
    """Return whether the buffers of a record batch are compressed, as its header says.

    pyarrow decompresses while it decodes and does not say so before. The header is a flatbuffer:
    the field 2 of a Message is the RecordBatch, whose field 3 is the compression. Raises ValueError
    for a header that is none.
    """
    header = message.metadata.to_pybytes()
    try:
        table = struct.unpack_from("<I", header, 0)[0]
        place = _field(header, table, 2)
        if message.type != "record batch" or place is None:
            raise ValueError("it is no record batch")
        inner = place + struct.unpack_from("<I", header, place)[0]
        return _field(header, inner, 3) is not None
    except struct.error as error:
        raise ValueError(f"the header of a batch is damaged: {error}") from error


def _field(header: bytes, table: int, number: int) -> int | None:
    """Return where a field of a flatbuffer's table is, or None where the table has none."""
    fields = table - struct.unpack_from("<i", header, table)[0]
    size = struct.unpack_from("<H", header, fields)[0]
    at = 4 + 2 * number
    offset = struct.unpack_from("<H", header, fields + at)[0] if at < size else 0
    return table + offset if offset else None


def witness_of(name: str) -> str:
    """Return the witness that a file's name is of: ``load`` of ``load-2.arrows``."""
    return name.partition(".")[0].partition("-")[0]


def _refuse_other_formats(path: Path, metadata: Mapping[bytes, bytes]) -> None:
    found = metadata.get(b"format", b"none").decode()
    if found != str(FORMAT):
        raise LedgerUnreadable(
            f"{path} has ledger format {found}, this harness reads {FORMAT}",
            hint="Read it with the version that wrote it",
        )


@contextmanager
def _trouble_named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise HarnessError(
            f"cannot write the ledger file {path}: {error.strerror or error}",
            hint="Free some space or choose another directory with --out; earlier rows are kept",
        ) from error
    except (pa.ArrowException, TypeError, ValueError) as error:  # an unpaired surrogate, say
        raise HarnessError(f"{path} cannot hold what was seen: {error}") from error
