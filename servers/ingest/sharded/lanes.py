"""A combiner for each shard: requests for one that is away never wait beside those of another.

A request whose bucket has moved comes back from its shard and is given to the new one. While no
shard takes writes for the bucket it waits here, and no request of another bucket does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from servers.ingest.combiner import Combiner, Job, elsewhere, until_written
from servers.ingest.instant import NS_PER_S, now
from servers.ingest.receipts import Receipt
from servers.ingest.refusal import Refusal
from servers.ingest.sharded.store import HOLD_S, LOOK_S, ShardedStore, takes_writes
from servers.ingest.storage.store import Store

MakeCombiner = Callable[[Store, Callable[[Job], bool]], Combiner]


class ShardLanes:
    """Takes requests as a combiner does, and deals them out to the shards' own."""

    def __init__(self, store: ShardedStore, make: MakeCombiner) -> None:
        """``make`` returns a combiner that writes to a store and gives back what is elsewhere."""
        self._store = store
        self._make = make
        self._lanes: list[Combiner] = []
        self._held: list[Job] = []
        self._dealing: asyncio.Task[None] | None = None
        self._closing = False

    async def write(self, user: str, artworks: Sequence[str], receipt: Receipt) -> None:
        """Store one request's ids on the user's shard; return after COMMIT. Raises Refusal."""
        await until_written(self, user, artworks, receipt)

    def submit(
        self,
        user: str,
        artworks: Sequence[str],
        receipt: Receipt,
        tell: Callable[[Refusal | None], None],
    ) -> None:
        """Queue one request's ids at the user's shard. Raises Refusal."""
        owned = self._store.owner_of(user)
        if owned is None:  # nothing is known of a shard that was away from the beginning
            raise Refusal(503, "shard_away", "this user's shard is away", retry_after_s=2)
        self._lane(owned.shard).submit(user, artworks, receipt, tell)

    async def close(self) -> None:
        """Refuse new requests and return when all that were taken are answered."""
        self._closing = True
        for lane in self._lanes:
            await lane.close()
        if self._dealing is not None:
            await self._dealing

    def _take_back(self, job: Job) -> bool:
        """Take a job whose bucket its shard does not own, unless it has waited long enough."""
        if self._closing or _has_waited(job):
            return False
        self._held.append(job)
        if self._dealing is None or self._dealing.done():
            self._dealing = asyncio.create_task(self._deal())
        return True

    async def _deal(self) -> None:
        """Give each job that is held to the shard that takes it, as soon as one does."""
        while self._held:
            await self._store.refresh()
            held, self._held = self._held, []
            for job in held:
                owned = self._store.owner_of(job.share.user)
                if takes_writes(owned) and owned is not None and not self._closing:
                    self._lane(owned.shard).put(job)
                elif self._closing or _has_waited(job):
                    self._lanes[0].answer(job, elsewhere())
                else:
                    self._held.append(job)
            if self._held:
                await asyncio.sleep(LOOK_S)  # noqa: TID251 - nothing tells of a switch

    def _lane(self, shard: int) -> Combiner:
        while len(self._lanes) <= shard:
            store = self._store.shards[len(self._lanes)]
            self._lanes.append(self._make(store, self._take_back))
        return self._lanes[shard]


def _has_waited(job: Job) -> bool:
    return now().mono_ns - job.queued_ns > HOLD_S * NS_PER_S
