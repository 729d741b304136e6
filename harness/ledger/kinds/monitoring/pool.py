"""The artwork pool: its size, what users have seen of it, and the jobs for new artworks."""

from __future__ import annotations

from typing import Annotated, Literal

import pyarrow as pa
from msgspec import Meta

from harness.ledger.kinds.base import (
    KIND_COLUMN,
    MONO_NS,
    WALL_NS,
    Column,
    Count,
    LedgerRow,
    Witness,
)

JobState = Literal["waiting", "running", "done", "dead"]


class PoolRow(LedgerRow):
    """One thing about the artwork pool. All rows with the same ``sample`` are of one snapshot of
    the database; samples are numbered from 1 in the order of their snapshots."""

    sample: Count | None = None


class PoolSize(PoolRow, tag="pool_size"):
    """The pool has another size or epoch than in the sample before; the first sample has it."""

    epoch: int
    size: Count


class UserViewed(PoolRow, tag="user_viewed"):
    """A user has seen another number of the pool's artworks than in the sample before."""

    user: str
    viewed: Count


class JobChanged(PoolRow, tag="job_changed"):
    """A job is new, or is not as it was in the sample before."""

    job: int
    user: str
    level: str
    epoch: int
    size: Annotated[Count, Meta(description="artworks that the job is for")]
    made: Count
    state: JobState
    attempts: Count


class NoFreshArtwork(PoolRow, tag="no_fresh_artwork"):
    """A viewer asked for artworks that it had not seen, and got none."""

    user: str


class PoolWatched(PoolRow, tag="pool_watched"):
    """The end of watching."""

    samples: Annotated[Count, Meta(description="snapshots that were taken")]


POOL = Witness(
    "pool",
    PoolRow,
    (
        MONO_NS,
        WALL_NS,
        KIND_COLUMN,
        Column("sample", pa.int32(), "number of the snapshot, from 1"),
        Column("user", pa.string(), "the user, or the one whom a job is for"),
        Column("epoch", pa.int64(), "how often the pool has grown; of a job: when it was made"),
        Column("size", pa.int32(), "artworks of the active pool, or of a job"),
        Column("viewed", pa.int32(), "artworks of the active pool that the user has seen"),
        Column("job", pa.int64(), "a job's number"),
        Column("level", pa.string(), "the percentage that was crossed, or pace"),
        Column("made", pa.int32(), "artworks in the database that this job made"),
        Column("state", pa.string(), "waiting, running, done or dead"),
        Column("attempts", pa.int32(), "how often the job was taken"),
        Column("samples", pa.int32(), "snapshots that were taken"),
    ),
)
