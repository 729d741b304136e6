"""The database: what is stored, read past the server."""

from __future__ import annotations

from typing import Annotated

import pyarrow as pa
from msgspec import Meta, field

from harness.ledger.kinds.base import (
    DETAIL,
    KIND_COLUMN,
    MONO_NS,
    WALL_NS,
    Column,
    Count,
    LedgerRow,
    Witness,
)


class DatabaseRow(LedgerRow):
    """What is stored, read over a connection of the harness's own, past the server."""


class StoredRow(DatabaseRow):
    """An impression in the table."""

    user: str
    artwork: str
    copies: Count
    viewed_wall_ns: int | None = None


class Appeared(StoredRow, tag="appeared"):
    """A poll sees an impression, or a number of copies of it, that the last one did not. The time
    is the end of the poll."""


class FinalRow(StoredRow, tag="final_row"):
    """The final read finds an impression. The time is that of its ``final``."""


class Vanished(DatabaseRow, tag="vanished"):
    """A poll no longer sees an impression that an earlier one saw."""

    user: str
    artwork: str
    copies: Count = 0


class Poll(DatabaseRow, tag="poll"):
    """The table was read while the run went on. The time is the beginning of the read."""

    rows: int
    own_rows: int | None = None
    number: Annotated[
        int | None, Meta(description="which poll it is, from 1, those that failed left out")
    ] = None


class Final(DatabaseRow, tag="final"):
    """The table was read as a whole, for the last time."""

    rows: int
    own_rows: int | None = None
    last_own_rows: Annotated[
        int | None,
        Meta(description="how often it found the row that was written just before it"),
    ] = None
    counted: Annotated[
        int | None,
        Meta(description="rows that the database itself counted right after it; null: not asked"),
    ] = None
    polls: Annotated[
        int | None, Meta(description="how many polls were written down before it began")
    ] = None


class OwnRow(DatabaseRow):
    """A row that a harness wrote into the table itself, so that every read of it shows the row."""

    user: str
    artwork: str


class OwnRowWritten(OwnRow, tag="own_row"):
    """The harness wrote a row of its own into the table, the first before any read and the last
    just before the final read; it counts nowhere as an impression."""

    relation: Annotated[
        str,
        Meta(
            description="the relation that took it, with its schema; empty where what is stored is "
            "no table of the harness's"
        ),
    ]


class OwnRowUnseen(OwnRow, tag="own_row_unseen"):
    """A read did not find the row that the harness had written."""

    is_kept: Annotated[
        bool,
        Meta(description="the relation that took it still has it: the read was of another"),
    ]


class OwnShapes(DatabaseRow, tag="own_shapes"):
    """The harness wrote ids of every likeness into the table at the beginning, for a user of its
    own; ``rows`` of them came back from the final read as they were written."""

    rows: int
    written: Annotated[int, Meta(description="how many ids it wrote")]
    kept: Annotated[int, Meta(description="how many of them the table holds, byte for byte")]
    changed: Annotated[
        tuple[str, ...], Meta(description="some that the table does not hold as they were written")
    ] = ()


class OwnTime(DatabaseRow, tag="own_time"):
    """When the harness's own row was viewed: as the final read returned it, and as the database
    itself counts the microseconds of what the table holds."""

    read_wall_ns: Annotated[int, Meta(description="as it was read, ns since the epoch")]
    stored_wall_ns: Annotated[int, Meta(description="as the table holds it, ns since the epoch")]


class OtherOwnRow(OwnRow, tag="own_row_of_another"):
    """A read found a row of another harness, which writes into the same table."""


class Relations(DatabaseRow, tag="relations"):
    """The relations of the table's name in any schema; ``rows`` is how many there are."""

    rows: int
    names: Annotated[tuple[str, ...], Meta(description="their names, with their schemas")] = ()


class RoadmapQuery(DatabaseRow, tag="roadmap_sql"):
    """The roadmap's query for duplicates was asked; it answered with ``rows`` rows."""

    rows: int


class RoadmapQueryRow(DatabaseRow, tag="roadmap_sql_row"):
    """The roadmap's query for duplicates answered with this impression."""

    user: str
    artwork: str
    copies: Count


class ReplaysKept(DatabaseRow, tag="replays"):
    """An impression was replayed, the table says. The time is that of its ``replays_read``."""

    user: str
    artwork: str
    replays: Annotated[Count, Meta(description="how often, by the table")] = field(name="rows")


class ReplaysRead(DatabaseRow, tag="replays_read"):
    """The counts of replays were read, once all of them had been sent."""

    found: Annotated[Count, Meta(description="impressions with a replay")] = field(name="rows")


class FavouriteKept(DatabaseRow, tag="favourite"):
    """A heart was changed, the table says. The time is that of its ``favourites_read``."""

    user: str
    artwork: str
    changes: Annotated[Count, Meta(description="how often it was changed")] = field(name="rows")
    favourite: Annotated[bool, Meta(description="whether it is set now")]


class FavouritesRead(DatabaseRow, tag="favourites_read"):
    """The table of favourites was read, once all changes had been sent."""

    found: Annotated[Count, Meta(description="hearts that were ever changed")] = field(name="rows")


class AccessKept(DatabaseRow, tag="access"):
    """The log of the dashboard holds such accesses. The time is that of its ``accesses_read``."""

    user: Annotated[str, Meta(description="whose they are, empty without a session")]
    part: Annotated[str, Meta(description="what was asked for")]
    is_let_in: Annotated[bool, Meta(description="whether it was answered")]
    times: Annotated[Count, Meta(description="how many")] = field(name="rows")


class AccessesRead(DatabaseRow, tag="accesses_read"):
    """The log of the dashboard's accesses was read, after the last one."""

    found: Annotated[Count, Meta(description="kinds of accesses in it")] = field(name="rows")


class UserKept(DatabaseRow, tag="user_kept"):
    """What a table with a column ``user_id`` holds of a user, before or after an erasure."""

    user: str
    table: Annotated[str, Meta(description="the table")]
    is_after: Annotated[bool, Meta(description="whether the erasure had been answered")]
    is_erased: Annotated[bool, Meta(description="whether this user is the one who is erased")]
    held: Annotated[Count, Meta(description="rows of the user")] = field(name="rows")
    digest: Annotated[str, Meta(description="a digest of these rows")]


class RowsExpired(DatabaseRow, tag="rows_expired"):
    """The harness deleted these impressions, as a job does that keeps rows for a time only."""

    user: str
    artworks: Annotated[tuple[str, ...], Meta(description="the artworks")]


class Violations(DatabaseRow, tag="violations"):
    """The database's own log shows this many violations of a unique constraint, the harness's own
    left out."""

    count: Annotated[int, Meta(description="violations in the log")] = field(name="rows")


class LogSentinel(DatabaseRow, tag="sentinel"):
    """The harness violated a constraint of its own at this moment, to see whether the log tells."""

    is_logged: Annotated[bool, Meta(description="1 if the log shows it, else 0")] = field(
        name="rows"
    )


# --- what the catalogue and the settings promise --------------------------------------------------


class UniqueIndex(DatabaseRow, tag="unique_index"):
    """The catalogue shows a unique index of the table. The time is that of its
    ``unique_indexes``."""

    name: Annotated[str, Meta(description="its name")]
    columns: Annotated[
        tuple[str, ...], Meta(description="its key columns; empty text for an expression")
    ]
    is_valid: Annotated[bool, Meta(description="it is complete, and in use")] = True
    is_partial: Annotated[bool, Meta(description="it leaves out rows by a predicate")] = False
    folds: Annotated[bool, Meta(description="its collation takes different texts for equal")] = (
        False
    )


class UniqueIndexes(DatabaseRow, tag="unique_indexes"):
    """The catalogue was asked for the unique indexes of the table, and showed ``rows``."""

    rows: int
    promised: Annotated[
        tuple[str, ...], Meta(description="the columns that must be unique together")
    ]


ROW_SECURITY = "row_security_active"
"""The setting by which a row says whether policies of the table choose what the reader sees."""


class DatabaseSetting(DatabaseRow, tag="setting"):
    """A setting of the database system, as a new connection has it; ``row_security_active``:
    whether policies of the table choose which of its rows the harness reads."""

    name: Annotated[str, Meta(description="its name")]
    value: Annotated[str, Meta(description="its value")]


class SessionsCommitted(DatabaseRow, tag="sessions_committed"):
    """What the open sessions of one role wrote into the write-ahead log by the end of a run, and
    how often they waited for the disk: a commit returns when its records are there, unless the
    session has ``synchronous_commit`` off. Not the harness's own sessions. Written where the
    database counts by session (PostgreSQL 18)."""

    role: Annotated[str, Meta(description="the role that the sessions are of")]
    sessions: Annotated[int, Meta(description="how many sessions")]
    wal_records: Annotated[int, Meta(description="records that they wrote into the log")]
    wal_flushes: Annotated[int, Meta(description="how often they wrote it out, and synced it")]


DATABASE = Witness(
    "database",
    DatabaseRow,
    (
        MONO_NS,
        WALL_NS,
        KIND_COLUMN,
        Column("user", pa.string(), "the user of the impression"),
        Column("artwork", pa.string(), "the artwork of the impression"),
        Column("copies", pa.int32(), "how often the impression is stored"),
        Column("viewed_wall_ns", pa.int64(), "its earliest stored `viewed_at`, ns since the epoch"),
        Column("rows", pa.int64(), "rows in the table, or in an answer"),
        Column(
            "own_rows",
            pa.int64(),
            "rows of the harness's own that the read found and did not count in `rows`; null: it "
            "had written none",
            is_new=True,
        ),
        Column(DETAIL, pa.string(), "a JSON object; the kind says which", is_new=True),
    ),
)
