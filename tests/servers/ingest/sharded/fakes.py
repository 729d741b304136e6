"""Shards in memory: what each owns, what it stores, and when it is away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from servers.ingest.sharded.shard import ShardAway, ShardStore
from servers.ingest.sharded.store import ShardedStore
from servers.ingest.storage.store import Share, Written
from servers.sharding.buckets import bucket_of
from tests.servers.ingest.site import make_config


class FakeShard(ShardStore):
    """One shard; ``owned`` is bucket → (state, epoch)."""

    def __init__(self) -> None:
        super().__init__(make_config("unused"))
        self.owned: dict[int, tuple[str, int]] = {}
        self.rows: list[tuple[str, str]] = []
        self.asked: list[str] = []
        self.is_away = False

    async def open(self) -> None:
        pass

    async def write(self, shares: Sequence[Share]) -> list[Written]:
        self._answer()
        written = []
        for share in shares:
            is_here = self.owned.get(bucket_of(share.user), ("", 0))[0] == "open"
            if is_here:
                self.rows += [(share.user, artwork) for artwork in share.artworks]
            written.append(Written(len(share.artworks) if is_here else 0, 0, is_here=is_here))
        return written

    async def ask(self, query: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        self._answer()
        return [(bucket, state, epoch) for bucket, (state, epoch) in self.owned.items()]

    async def ask_here(
        self, bucket: int, query: str, parameters: tuple[object, ...]
    ) -> list[tuple[Any, ...]] | None:
        self._answer()
        self.asked.append(query)
        return [(len(self.rows), 0)] if bucket in self.owned else None

    def _answer(self) -> None:
        if self.is_away:
            raise ShardAway("away")


class Fakes(ShardedStore):
    """All of them, by a file that names as many as there are."""

    def __init__(self, tmp_path: Path, shards: int) -> None:
        file = tmp_path / "shards.json"
        file.write_text(json.dumps({"shards": ["x"] * shards}))
        super().__init__(make_config("", shards=file))
        self.fakes = [FakeShard() for _ in range(shards)]
        self.shards = list(self.fakes)

    def give(self, bucket: int, shard: int, state: str, epoch: int) -> None:
        self.fakes[shard].owned[bucket] = (state, epoch)


def no_connection(*_: object) -> None:
    raise psycopg.OperationalError("none")
