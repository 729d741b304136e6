"""The machine: what every process of the run used, and how the load generators are doing."""

from __future__ import annotations

from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Meta, field

from harness.ledger.kinds.base import DETAIL, MONO_NS, WALL_NS, Column, LedgerRow, Witness, name_of

GENERATOR = "generator-"
"""How the names of load generators begin; their number follows."""


class MachineRow(LedgerRow):
    """CPU, memory and I/O of a named process and its descendants, once a second. The file has no
    column ``kind``: the rows of load generators are those whose ``process`` begins with
    ``generator-``."""

    process: str
    pid: int
    cpu_s: float
    rss_bytes: int


class ProcessSample(MachineRow, tag="process"):
    """A process of the run."""

    read_bytes: int | None = None
    write_bytes: int | None = None
    members: Annotated[str | None, Meta(description="how many processes these are, as text")] = (
        field(name=DETAIL, default=None)
    )


class GeneratorSample(MachineRow, tag="generator"):
    """A load generator about itself: is it late, is its loop held up, is it full?"""

    loop_delay_ms_p99: Annotated[
        float, Meta(description="99th percentile of how long its event loop overslept, ms")
    ]
    loop_delay_ms_max: Annotated[
        float, Meta(description="the longest that its event loop overslept, ms")
    ] = 0.0
    lag_ms_p99: Annotated[
        float, Meta(description="99th percentile of sent minus scheduled in this second, ms")
    ]
    lag_ms_max: Annotated[float, Meta(description="largest sent minus scheduled, ms")] = 0.0
    in_flight: Annotated[int, Meta(description="requests without an outcome now")]
    capped: Annotated[int, Meta(description="requests not sent for the cap, since its start")] = 0
    connect_errors: Annotated[
        int, Meta(description="connections that could not be made, since its start")
    ] = 0
    sent: Annotated[int, Meta(description="batches sent, since its start")]
    scheduled: Annotated[int, Meta(description="batches that were due, since its start")]


def _kinds_in(batch: pa.RecordBatch) -> pa.Array:
    is_generator = pc.starts_with(batch.column("process"), GENERATOR)
    return pc.if_else(is_generator, name_of(GeneratorSample), name_of(ProcessSample))


MACHINE = Witness(
    "machine",
    MachineRow,
    (
        MONO_NS,
        WALL_NS,
        Column("process", pa.string(), "the name of the process in this run"),
        Column("pid", pa.int32(), "its process id"),
        Column("cpu_s", pa.float64(), "CPU time since its start, s"),
        Column("rss_bytes", pa.int64(), "resident memory, bytes"),
        Column("read_bytes", pa.int64(), "bytes read from disk since its start"),
        Column("write_bytes", pa.int64(), "bytes written to disk since its start"),
        Column(DETAIL, pa.string(), "text, or the generator's figures as a JSON object"),
    ),
    kinds_in=_kinds_in,
)
