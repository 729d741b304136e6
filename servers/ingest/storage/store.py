"""The database: one statement that stores many requests at once and says what was new.

Writing has its own pool, so that a slow read never makes an impression wait.
"""

from __future__ import annotations

import select
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from servers.ingest.config import Config
from servers.ingest.experiments.exposures import Exposure
from servers.ingest.monitoring.database import STATE, DatabaseState, Seen
from servers.ingest.storage.migrate import migrate, seed_pool
from servers.ingest.storage.replica import WRITTEN, ReplicaReads
from servers.ingest.storage.rollups import FOLD, KPIS, PRESENT, TIDY, Kpis

Connection = psycopg.AsyncConnection[TupleRow]
Pool = AsyncConnectionPool[Connection]

# A whole group travels as three strings: shares apart by a record separator, the ids of one share
# by a unit separator. No id can hold a control character (batch.check_text), and a string costs
# the driver nothing, an array every element. The new rows come back the same way, one row a user.
# ORDER BY the conflict key is what keeps two writers with overlapping keys from a deadlock: both
# take the index entries in one order. The conflict target is named, so any other violation shows.
RECORD, UNIT = "\x1e", "\x1f"
_INSERT = r"""
WITH new AS (
    INSERT INTO user_art_impressions (user_id, artwork_id, viewed_at)
    SELECT s.u, a, min(to_timestamp(s.t))
    FROM unnest(string_to_array(%s, E'\x1e'), string_to_array(%s, E'\x1e')::float8[],
                string_to_array(%s, E'\x1e')) AS s (u, t, joined),
         unnest(string_to_array(s.joined, E'\x1f')) AS a
    GROUP BY s.u, a
    ORDER BY s.u COLLATE "C", a COLLATE "C"
    ON CONFLICT (user_id, artwork_id) DO NOTHING
    RETURNING user_id, artwork_id
)
SELECT user_id, string_agg(artwork_id, E'\x1f') FROM new GROUP BY user_id
"""
_EXPOSE = """
INSERT INTO experiment_exposures (experiment, user_id, variant, first_at)
SELECT experiment, user_id, variant, to_timestamp(at_s)
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]::float8[])
    AS named (experiment, user_id, variant, at_s)
ON CONFLICT (experiment, user_id) DO NOTHING
RETURNING 1
"""
_ARTWORKS = """
SELECT id, title, picture FROM art_sessions WHERE pool_status = 'active'
ORDER BY md5(%s::text || ':' || id), id LIMIT %s
"""
# The roadmap's query, with the test on the joined column: only then does the planner see an
# anti-join and read the unique index alone (a test on another column filters a full join).
_FRESH = """
SELECT a.id, a.title, a.picture FROM art_sessions a
LEFT JOIN user_art_impressions uai ON uai.user_id = %s AND uai.artwork_id = a.id
WHERE uai.artwork_id IS NULL AND a.pool_status = 'active'
ORDER BY a.id LIMIT %s
"""
_FRESHNESS = """
SELECT count(*), count(uai.artwork_id) FROM art_sessions a
LEFT JOIN user_art_impressions uai ON uai.user_id = %s AND uai.artwork_id = a.id
WHERE a.pool_status = 'active'
"""


class Share(NamedTuple):
    """One request's part of a write. ``seen_at_s``: when it came, seconds since the epoch."""

    user: str
    artworks: Sequence[str]
    seen_at_s: float


class Written(NamedTuple):
    """What became of one share: rows that are new, and ids that brought no new row. ``is_here``: a
    shard that does not own the user's bucket has stored nothing of it."""

    inserted: int
    duplicate: int
    is_here: bool = True


class Artwork(NamedTuple):
    """An artwork that can be shown; without a ``picture``, an SVG document, the page draws one."""

    id: str
    title: str
    picture: str | None = None


class Freshness(NamedTuple):
    """How much of the active pool one user has seen. ``source``: what answered, ``primary`` or
    ``replica``; None where there is no replica."""

    total: int
    viewed: int
    source: str | None = None


class Store:
    """The rows behind the server. Subclass it to build a server with another storage."""

    insert_sql: ClassVar[str] = _INSERT

    def __init__(self, config: Config) -> None:
        self._config = config
        self._writing = self._pool("writing", config.writers)
        self._reading = self._pool("reading", config.readers)
        self.replica: ReplicaReads | None = None
        if config.replica:
            self.replica = ReplicaReads(self._pool("replica", config.readers, config.replica))

    async def open(self) -> None:
        """Connect, bring the schema up to date and seed the pool; raise psycopg.Error."""
        async with await psycopg.AsyncConnection.connect(
            self._config.database, prepare_threshold=self.prepare_threshold()
        ) as connection:
            await migrate(connection, self._config.improvements)
            await seed_pool(connection, self._config.pool)
        await self._writing.open(wait=True)
        await self._reading.open(wait=True)
        if self.replica is not None:
            self.replica.positions.begin(int((await self._read(WRITTEN, ()))[0][0]))
            await self.replica.open()
        await self.prepare(self._writing)

    async def prepare(self, pool: Pool) -> None:
        """Hook: the schema is complete and no request has been served yet."""

    async def close(self) -> None:
        """Close every connection."""
        await self._writing.close()
        await self._reading.close()
        if self.replica is not None:
            await self.replica.close()

    async def write(self, shares: Sequence[Share]) -> list[Written]:
        """Store all ``shares`` in one transaction and return each one's part after COMMIT.

        A key that several shares bring belongs to the first. Raise psycopg.Error: then nothing is
        stored, unless the connection broke (OperationalError without a SQLSTATE): then it
        is unknown.
        """
        async with self._writing.connection() as connection:
            # Autocommit: the statement is its transaction, and execute returns after its COMMIT.
            cursor = await connection.execute(
                self.insert_sql.encode(),
                (
                    RECORD.join([share.user for share in shares]),
                    RECORD.join([moment(share.seen_at_s) for share in shares]),
                    RECORD.join([UNIT.join(share.artworks) for share in shares]),
                ),
                prepare=True,
            )
            rows = await cursor.fetchall()
            if self.replica is not None:
                await self._remember(connection, self.replica, shares)
        return apportion(shares, {user: joined.split(UNIT) for user, joined in rows})

    async def expose(self, exposures: Sequence[Exposure]) -> int:
        """Store the exposures that are new and return their number.

        Over the connections that read: an impression never waits for it.
        """
        rows = [(one.experiment, one.user, one.variant, moment(one.at_s)) for one in exposures]
        columns = [list(column) for column in zip(*rows, strict=True)]
        return len(await self._read(_EXPOSE, tuple(columns)))

    async def artworks(self, *, limit: int, seed: str) -> list[Artwork]:
        """Return up to ``limit`` active artworks in the order that ``seed`` gives."""
        return [Artwork(*row) for row in await self._read(_ARTWORKS, (seed, limit))]

    async def fresh(self, user: str, *, limit: int) -> list[Artwork]:
        """Return up to ``limit`` active artworks that ``user`` has not seen, in order of id."""
        rows, _ = await self._read_for(user, _FRESH, (user, limit))
        return [Artwork(*row) for row in rows]

    async def freshness(self, user: str) -> Freshness:
        """Return how many artworks are active and how many of them ``user`` has seen."""
        rows, source = await self._read_for(user, _FRESHNESS, (user,))
        [(total, viewed)] = rows
        return Freshness(total, viewed, source)

    async def fold(self) -> int:
        """Add up at most ``FOLDED_AT_ONCE`` of what statements have noted, and return how many that
        were; 0 while another server does. Raise psycopg.Error."""
        return int((await self._read(FOLD, ()))[0][0])

    async def tidy(self) -> None:
        """Free the room of notes that were added up; raise psycopg.Error."""
        async with self._reading.connection() as connection:
            await connection.execute(TIDY)

    async def kpis(self) -> Kpis | None:
        """Return what the pool has left for its users; None unless the database keeps count."""
        if (await self._read(PRESENT, ()))[0] != (True,):
            return None
        found = await self._read(KPIS, ())
        return Kpis(*found[0]) if found else None

    async def seen(self) -> Seen:
        """Return what monitoring asks of the database; raise psycopg.Error."""
        state = await self._read(STATE, ())
        return Seen(DatabaseState(*state[0]), await self.kpis())

    async def alive(self) -> bool:
        """Say whether the database answers."""
        try:
            await self._read("SELECT 1", ())
        except psycopg.Error:
            return False
        return True

    async def ask(self, query: str, parameters: tuple[object, ...]) -> list[TupleRow]:
        """Return the rows of one statement, which is its own transaction.

        Over the connections that read: an impression never waits for it. Raise psycopg.Error.
        """
        return await self._read(query, parameters)

    async def _read_for(
        self, user: str, query: str, parameters: tuple[object, ...]
    ) -> tuple[list[TupleRow], str | None]:
        """Return a read that shows ``user`` all that was stored for the user, and who answered it;
        raise psycopg.Error."""
        if self.replica is None:
            return await self._read(query, parameters), None
        rows = await self.replica.read(user, query, parameters)
        if rows is not None:
            return rows, "replica"
        return await self._read(query, parameters), "primary"

    async def _remember(
        self, connection: Connection, replica: ReplicaReads, shares: Sequence[Share]
    ) -> None:
        """Note how far the log is after a COMMIT, before anybody hears of it."""
        row = await (await connection.execute(WRITTEN)).fetchone()
        assert row is not None
        replica.positions.wrote([share.user for share in shares], int(row[0]))

    async def _read(self, query: str, parameters: tuple[object, ...]) -> list[TupleRow]:
        async with self._reading.connection() as connection:
            cursor = await connection.execute(query.encode(), parameters)
            return await cursor.fetchall()

    def prepare_threshold(self) -> int | None:
        """Return after how many executions a statement is prepared; None: it never is, although
        ``write`` asks for it."""
        return None if self._config.transaction_pooling else 5

    async def _configure(self, connection: Connection) -> None:
        if self._config.transaction_pooling:  # it would be made on a session of somebody's
            return
        # Not by the connection string's "options": the DSN may use them already.
        timeout_ms = int(self._config.statement_timeout_s * 1000)
        await connection.execute(f"SET statement_timeout = {timeout_ms}".encode())

    def _pool(self, name: str, size: int, database: str = "") -> Pool:
        return AsyncConnectionPool(
            database or self._config.database,
            connection_class=Connection,
            name=name,
            min_size=size,
            max_size=size,
            open=False,
            timeout=self._config.statement_timeout_s,
            configure=self._configure,
            check=_check,
            kwargs={**self.connection_options(), "application_name": f"ingest {name}"},
        )

    def connection_options(self) -> dict[str, Any]:
        """Return what each connection is opened with."""
        return {"autocommit": True, "prepare_threshold": self.prepare_threshold()}


def apportion(shares: Sequence[Share], new: Mapping[str, Sequence[str]]) -> list[Written]:
    """Return each share's part of the ``new`` rows, user → artworks as RETURNING listed them.

    ``inserted`` counts rows, ``duplicate`` counts ids, apart: were a row returned twice, or one
    that no request sent, then received would differ from inserted + duplicate, or the sum of
    inserted from the rows, and the lie would show.
    """
    rows_of = {user: Counter(artworks) for user, artworks in new.items()}
    unclaimed = {user: set(artworks) for user, artworks in new.items()}
    parts = []
    for share in shares:
        left = unclaimed.get(share.user)
        if not left:
            parts.append(Written(0, len(share.artworks)))
            continue
        mine = left.intersection(share.artworks)
        left -= mine  # a key that several shares bring belongs to the first
        inserted = sum(map(rows_of[share.user].__getitem__, mine))
        parts.append(Written(inserted, len(share.artworks) - len(mine)))
    return parts


def moment(seconds: float) -> str:
    """Return seconds since the epoch to the microsecond, as PostgreSQL keeps a moment.

    Every moment goes through here: rounded in two ways, an exposure can stand a microsecond after
    the row of the batch that named it, and the row counts as from before the exposure.
    """
    return f"{seconds:.6f}"


async def _check(connection: Connection) -> None:
    """Raise when the server has closed this idle connection, at the price of one poll.

    Nothing is due on an idle connection, so a readable socket is most likely its end; only then a
    round trip asks. Without this every connection would fail one write after a restart.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await connection.execute("SELECT 1")
