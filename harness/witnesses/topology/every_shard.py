"""The database witness where users are spread over several databases: all of them are read.

What is stored is the sum over all shards' primaries, so that a row on two of them is stored twice.
Polls count otherwise: while buckets move their rows are on two shards, of which only one answers
for them, and so a poll counts the most that any shard has. A row that a poll misses is looked for
again: it may have moved between the read of one shard and that of another.

The harness's own rows lie where their users belong, as any other's do, and move with them: a copy
of them on each shard would meet the moved one there. Whether each shard was read is seen by what
each says of itself at the end.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from harness.core.clock import Instant, now
from harness.core.errors import HarnessError
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.database import DatabaseRow, RoadmapQuery, RoadmapQueryRow
from harness.ledger.kinds.monitoring.topology import BucketOwned, ShardHolds, TopologyRow
from harness.target.reference.shards import MOVED, OWNED_SQL, bucket_of
from harness.target.target import Table
from harness.witnesses.database import DatabaseWitness, Rows, by_key
from harness.witnesses.own_row import OWN_USER, OwnRowsFound

NAMED = 5

Found = list[tuple[Any, ...]]


class ShardsWitness(DatabaseWitness):
    """Reads every shard, each over a connection of its own."""

    def __init__(
        self,
        dsns: Sequence[str],
        table: Table,
        witness: WitnessFile[DatabaseRow],
        topology: WitnessFile[TopologyRow],
        *,
        own_row: bool = False,
        own_shapes: Sequence[str] = (),
    ) -> None:
        super().__init__(dsns[0], table, witness, own_row=own_row, own_shapes=own_shapes)
        self._shards = [DatabaseWitness(dsn, table, witness) for dsn in dsns]
        self._topology = topology
        self._users = sql.SQL("SELECT {user}, count(*) FROM {table} GROUP BY {user}").format(
            user=sql.Identifier(table.user_column), table=sql.Identifier(*table.name.split("."))
        )

    async def start(self) -> None:
        """Connect to every shard and start polling. Raises HarnessError where one is away."""
        for shard in self._shards:
            await shard.connection()
        await super().start()

    async def stop(self) -> None:
        """Stop polling and close every connection."""
        await super().stop()
        for shard in self._shards:
            await shard.stop()

    async def count(self) -> int:
        """Return the number of rows on all shards now."""
        return sum(int(rows[0][0]) for rows in await self._ask_each(self._total))

    async def active_inserts(self) -> int:
        """Return how many statements of others are running on any shard."""
        return sum([await shard.active_inserts() for shard in self._shards])

    async def final(self) -> int:
        """Read every shard and record every row, and what each shard holds; return the number of
        rows."""
        total = await super().final()
        await self._note_holdings()
        return total

    async def _read(self) -> tuple[Rows, OwnRowsFound | None]:
        """Return every impression with its copies over all shards."""
        return self._together(await self._ask_each(self._query), is_final=True)

    async def _look(self, at: Instant) -> OwnRowsFound | None:
        rows, own = self._together(await self._ask_each(self._query), is_final=False)
        if self._known.keys() - rows.keys():  # gone, or moved meanwhile
            again, own = self._together(await self._ask_each(self._query), is_final=False)
            rows |= again
        self._note_changes(at, rows)
        return own

    def _together(
        self, answers: Sequence[Found], *, is_final: bool
    ) -> tuple[Rows, OwnRowsFound | None]:
        rows: Rows = {}
        for found in answers:
            for key, (copies, at_ns) in by_key(found).items():
                others, other_ns = rows.get(key, (0, at_ns))
                most = others + copies if is_final else max(others, copies)
                rows[key] = most, min(at_ns, other_ns)
        return rows, self._own.take_out(rows)

    async def ask(self, query: sql.Composed | str, *parameters: object) -> Found:
        """Return what all shards answer, each answer once; of single numbers the greatest.

        What is about a user of the harness's own is asked of the shard that the user belongs to.
        """
        if parameters and str(parameters[0]).startswith(OWN_USER):
            return await (await self._home_of(str(parameters[0]))).ask(query, *parameters)
        answers = await self._ask_each(query, *parameters)
        singles = [found[0][0] for found in answers if len(found) == 1 and len(found[0]) == 1]
        if len(singles) == len(answers) and all(isinstance(one, int | None) for one in singles):
            return [(max((one for one in singles if one is not None), default=None),)]
        return list(dict.fromkeys(row for found in answers for row in found))

    async def _home_of(self, user: str) -> DatabaseWitness:
        """Return the shard that owns a user's bucket. Raises HarnessError where none does."""
        for shard in self._shards:
            owned = {int(b) for b, state, _ in await shard.ask(OWNED_SQL) if state != MOVED}
            if bucket_of(user) in owned:
                return shard
        raise HarnessError(f"no shard owns the bucket of {user}")

    async def _ask_each(self, query: sql.Composed | str, *parameters: object) -> list[Found]:
        return list(await asyncio.gather(*[one.ask(query, *parameters) for one in self._shards]))

    async def _ask_roadmap_query(self) -> None:
        """Run the roadmap's query over all shards together: no single one sees the doubles."""
        at = now()
        copies: Counter[tuple[str, str]] = Counter()
        for found in await self._ask_each(self._query):
            for user, artwork, count, *_ in found:
                if not str(user).startswith(OWN_USER):
                    copies[str(user), str(artwork)] += int(count)
        doubled = {key: count for key, count in copies.items() if count > 1}
        for (user, artwork), count in doubled.items():
            row = RoadmapQueryRow(user=user, artwork=artwork, copies=count)
            self._witness.saw(row, at=at)
        self._witness.saw(RoadmapQuery(rows=len(doubled)), at=at)

    async def _note_holdings(self) -> None:
        """Record who owns each bucket, and which rows lie where their bucket is not owned."""
        owned: list[set[int]] = []
        for number, shard in enumerate(self._shards, 1):
            mine = set()
            for bucket, state, epoch in await shard.ask(OWNED_SQL):
                if state != MOVED:
                    mine.add(int(bucket))
                    row = BucketOwned(
                        part=f"shard-{number}", bucket=bucket, status=str(state), epoch=epoch
                    )
                    self._topology.saw(row)
            owned.append(mine)
        for number, (shard, mine) in enumerate(zip(self._shards, owned, strict=True), 1):
            users = {
                str(user): int(count)
                for user, count in await shard.ask(self._users)
                if not str(user).startswith(OWN_USER)
            }
            elsewhere = sorted(user for user in users if bucket_of(user) not in mine)
            self._topology.saw(
                ShardHolds(
                    part=f"shard-{number}",
                    buckets=len(mine),
                    users=len(users),
                    stored=sum(users.values()),
                    misplaced=sum(users[user] for user in elsewhere),
                    why=", ".join(elsewhere[:NAMED]),
                )
            )

    async def violate(self) -> None:
        """Do nothing: the logs of shards are not read."""

    async def connection(self) -> psycopg.AsyncConnection:
        """Return the connection to the first shard. Raises HarnessError where it is away."""
        return await self._shards[0].connection()
