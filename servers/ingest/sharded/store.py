"""All shards as one store: each user's reads go to the one shard that owns the user's bucket.

The map is what the shards answered when they were last asked. Where it turns out to be old, for a
shard answers that a bucket is not its own, they are asked anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

import psycopg
from psycopg.rows import TupleRow

from servers.ingest.config import Config
from servers.ingest.experiments.exposures import Exposure
from servers.ingest.monitoring.database import STATE, DatabaseState, Seen
from servers.ingest.sharded.shard import ShardAway, ShardStore
from servers.ingest.storage.rollups import Kpis
from servers.ingest.storage.store import Share, Store, Written
from servers.sharding.buckets import bucket_of
from servers.sharding.layout import OPEN, OWNED, BucketMap, BucketOwner, merged, read_shards

HOLD_S = 5.0
"""How long a request waits for a bucket that no shard takes writes for."""
LOOK_S = 0.02
"""A switch tells no one: while a request waits the shards are asked again and again."""


class ShardedStore(Store):
    """The shards of a file, in its order; more may be added while it serves."""

    def __init__(self, config: Config) -> None:
        if config.shards is None:
            raise ValueError("no file of shards")
        self._config = config
        self._file = config.shards
        self.replica = None
        self.shards: list[ShardStore] = []
        self.owners: BucketMap = {}
        self._refreshing = asyncio.Lock()

    async def open(self) -> None:
        """Connect to every shard and learn what each owns. Raises psycopg.Error."""
        await self._open_new()
        await self.refresh()

    async def close(self) -> None:
        """Close every connection."""
        for shard in self.shards:
            await shard.close()

    def owner_of(self, user: str) -> BucketOwner | None:
        """Return what is known of who owns a user's bucket."""
        return self.owners.get(bucket_of(user))

    async def refresh(self) -> None:
        """Ask all shards what they own; of one that does not answer the last answer holds."""
        async with self._refreshing:
            if len(read_shards(self._file)) > len(self.shards):
                await self._open_new()
            answers = await asyncio.gather(*map(_owned_by, self.shards))
            silent = [n for n, rows in enumerate(answers) if rows is None]
            known = {
                n: [(b, o.state, o.epoch) for b, o in self.owners.items() if o.shard == n]
                for n in silent
            }
            self.owners = merged(known | {n: rows for n, rows in enumerate(answers) if rows})

    async def write(self, shares: Sequence[Share]) -> list[Written]:
        """Not used: each shard has writers of its own."""
        raise NotImplementedError

    async def expose(self, exposures: Sequence[Exposure]) -> int:
        """Store the exposures that are new, each on its user's shard; return their number."""
        by_shard: dict[int, list[Exposure]] = {}
        for one in exposures:
            owned = self.owner_of(one.user)
            by_shard.setdefault(owned.shard if owned else 0, []).append(one)
        return sum([await self.shards[n].expose(own) for n, own in by_shard.items()])

    async def fold(self) -> int:
        """Fold nothing: no count over all users is kept on shards."""
        return 0

    async def tidy(self) -> None:
        """Do nothing, for the same reason."""

    async def kpis(self) -> Kpis | None:
        """Return None: no count over all users is kept on shards."""
        return None

    async def seen(self) -> Seen:
        """Return what monitoring asks of the database: of the first shard that answers."""
        [row] = await self.ask(STATE, ())
        return Seen(DatabaseState(*row), None)

    async def alive(self) -> bool:
        """Say whether any shard answers: one that is away is no reason to take no request."""
        for answer in asyncio.as_completed([shard.alive() for shard in self.shards]):
            if await answer:  # one that stands still is not waited for
                return True
        return False

    async def ask(self, query: str, parameters: tuple[object, ...]) -> list[TupleRow]:
        """Return the rows of a statement about what every shard has. Raises psycopg.Error."""
        *others, last = self.shards
        for shard in others:
            try:
                return await shard.ask(query, parameters)
            except psycopg.OperationalError:
                continue
        return await last.ask(query, parameters)

    async def _read(self, query: str, parameters: tuple[object, ...]) -> list[TupleRow]:
        return await self.ask(query, parameters)

    async def _read_for(
        self, user: str, query: str, parameters: tuple[object, ...]
    ) -> tuple[list[TupleRow], str | None]:
        """Return a read from the shard that owns the user's bucket. Raises psycopg.Error."""
        bucket, until_s = bucket_of(user), time.monotonic() + HOLD_S
        while time.monotonic() < until_s:
            owned = self.owner_of(user)
            if owned is not None:
                rows = await self.shards[owned.shard].ask_here(bucket, query, parameters)
                if rows is not None:
                    return rows, None
            await self.refresh()
            if self.owner_of(user) in (None, owned):
                await asyncio.sleep(LOOK_S)  # noqa: TID251 - nothing tells of a switch
        raise ShardAway("no shard owns the user's bucket")

    async def _open_new(self) -> None:
        for dsn in read_shards(self._file)[len(self.shards) :]:
            shard = ShardStore(replace(self._config, database=dsn, shards=None))
            await shard.open()
            self.shards.append(shard)


def takes_writes(owned: BucketOwner | None) -> bool:
    """Return whether a bucket takes writes now, as far as is known."""
    return owned is not None and owned.state == OPEN


async def _owned_by(shard: ShardStore) -> list[tuple[int, str, int]] | None:
    """Return what a shard says it owns; None where it does not answer."""
    try:
        return [(int(b), str(s), int(e)) for b, s, e in await shard.ask(OWNED, ())]
    except psycopg.OperationalError:
        return None
