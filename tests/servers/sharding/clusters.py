"""Shards for tests: three clusters, of which two own the buckets, and what can be asked of them."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from harness.core.wait import wait_until
from servers.ingest.sharded.shard import ShardStore
from servers.ingest.storage.store import Share
from servers.sharding import steps
from servers.sharding.buckets import bucket_of
from servers.sharding.layout import BucketMap, read_shards
from servers.sharding.mover import Move, Mover
from servers.topology.scaled.options import TopologyOptions
from servers.topology.scaled.shards import Shards
from tests.servers.ingest.site import make_config
from tests.servers.spawner import TestSpawner


class Died(BaseException):
    """A mover is gone."""


class Trial:
    """Shards that run, and users of theirs."""

    def __init__(self, shards: Shards) -> None:
        self.shards = shards
        self.reports: list[dict[str, Any]] = []

    @contextmanager
    def mover(self) -> Iterator[Mover]:
        with ExitStack() as opened:
            dsns = zip(self.shards.dsns, read_shards(self.shards._upstreams), strict=True)
            found = [
                opened.enter_context(steps.connected(number, dsn, upstream))
                for number, (dsn, upstream) in enumerate(dsns)
            ]
            yield Mover(found, lambda row: self.reports.append(dict(row)))

    def owners(self) -> BucketMap:
        with self.mover() as mover:
            return mover.owners()

    def run(self, *words: str) -> tuple[int, list[dict[str, Any]], str]:
        """Run the command to its end; return its exit code, its rows and its last words."""
        done = subprocess.run(
            [*self.shards.mover, *words], capture_output=True, text=True, check=False, timeout=120
        )
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def dies_before(self, step: str, move: Move) -> None:
        """Begin a move, and let it end without a word before a step, its connections with it."""

        def before(name: str) -> None:
            if name == step:
                raise Died

        with suppress(Died), self.mover() as mover:
            mover.before = before
            mover.move(move)
            raise AssertionError(f"there is no step {step}")

    def recovers(self) -> list[dict[str, Any]]:
        """Put right what is left; return what was done."""
        self.reports.clear()
        with self.mover() as mover:
            mover.recover()
        return self.reports

    def killed_before(self, step: str, *words: str) -> None:
        """Run the command and kill it as it stands before a step."""
        argv = [*self.shards.mover, "--stand-before", step, *words]
        lines = []
        with subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                if '"stands"' in line:
                    process.kill()
        assert process.returncode == -9, (step, lines)

    def stored(self) -> Counter[tuple[str, str]]:
        """Return how often each impression is stored, over all shards."""
        return Counter(pair for rows in self.by_shard() for pair in rows)

    def by_shard(self) -> list[list[tuple[str, str]]]:
        found = []
        for dsn in self.shards.dsns:
            with psycopg.connect(dsn) as connection:
                query = "SELECT user_id, artwork_id FROM user_art_impressions"
                found.append(connection.execute(query).fetchall())
        return found

    def is_in_its_place(self) -> bool:
        """Return whether every row is where the owner of its bucket is."""
        owners = self.owners()
        return all(
            owners[bucket_of(user)].shard == number
            for number, rows in enumerate(self.by_shard())
            for user, _ in rows
        )


@contextmanager
def trial(tmp_path: Path) -> Iterator[Trial]:
    """Start three clusters, of which two own the buckets; stop them at the end."""
    with TestSpawner() as spawner:
        shards = Shards(
            TopologyOptions(shards=2, spare_shards=1), spawner, wait_until, tmp_path, {}
        )
        try:
            asyncio.run(shards.start(5))
            yield Trial(shards)
        finally:
            shards.stop()


@contextmanager
def stored_on(dsn: str, users: list[str], artwork: str) -> Iterator[list[bool]]:
    """Store an artwork for users on a shard; yield for each whether it was taken."""

    async def store() -> list[bool]:
        shard = ShardStore(make_config(dsn, writers=1, readers=1))
        await shard.open()
        try:
            written = await shard.write([Share(user, [artwork], 1.0) for user in users])
        finally:
            await shard.close()
        return [one.is_here for one in written]

    yield asyncio.run(store())


def users_of(bucket: int, count: int) -> list[str]:
    """Return users of one bucket."""
    found: list[str] = []
    number = 0
    while len(found) < count:
        user = f"user-{number}"
        if bucket_of(user) == bucket:
            found.append(user)
        number += 1
    return found
