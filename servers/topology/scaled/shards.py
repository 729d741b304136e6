"""Several PostgreSQL clusters of our own, over which users are spread by their buckets."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from servers.ingest.storage.migrate import migrate, seed_pool
from servers.sharding.layout import lay_out, write_shards
from servers.topology.fresh import make_database, session
from servers.topology.parts import StackPart
from servers.topology.postgres import (
    GRANTS_IN_A_DATABASE,
    OWNER,
    SERVER_ROLE,
    SETTINGS,
    Postgres,
    pass_line,
    write_privately,
)
from servers.topology.scaled.options import TopologyOptions
from servers.topology.spawning import Spawner, WaitFor

PROCESS = "shard"
DATABASE = "impressions"
Front = Callable[[str, int], int]
"""Makes what stands before a part of this name and port, and returns its port."""


class ShardCluster(Postgres):
    """One shard: little memory, and a log that others can follow."""

    process = PROCESS
    settings = SETTINGS | {
        "shared_buffers": "64MB",
        "max_wal_size": "1GB",
        "wal_level": "logical",
        "wal_receiver_status_interval": "1s",
    }

    def __init__(
        self,
        number: int,
        spawner: Spawner,
        wait_for: WaitFor,
        logs: Path,
        running: MutableMapping[str, int],
    ) -> None:
        super().__init__(spawner, wait_for, logs)
        self.name = f"{PROCESS}-{number}"
        self.log = logs / f"{self.name}.log"
        self._running = running

    @property
    def upstream(self) -> str:
        """Return how another cluster connects to this one: as its user, who reads its own file."""
        passwords = self._scratch / "upstream.pass"
        if not passwords.exists():
            write_privately(passwords, pass_line(OWNER, self.password(OWNER)))
            if self._user:
                shutil.chown(passwords, self._user)
        return make_conninfo(self.dsn(DATABASE), passfile=str(passwords))

    async def start(self) -> None:
        """Start it unless it runs; returns when it answers. Raises NotReady."""
        if self.name not in self._running:
            await super().start()
            self._running[self.name] = self.pid

    def stop(self, *, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends its clients and shuts down cleanly, SIGQUIT is a crash."""
        self._running.pop(self.name, None)
        super().stop(how=how)

    async def begin(self, shard: int, shards: int, pool: int) -> None:
        """Start it for the first time, with its schema, its artworks and its first buckets."""
        await self.start()
        with session(self.dsn()) as connection:
            make_database(connection, DATABASE, owner=SERVER_ROLE)
        with session(self.dsn(DATABASE)) as connection:
            connection.execute(GRANTS_IN_A_DATABASE)
            connection.execute("CREATE EXTENSION pg_stat_statements")
        connecting = psycopg.AsyncConnection.connect(
            self.dsn(DATABASE, role=SERVER_ROLE), autocommit=True, prepare_threshold=None
        )
        async with await connecting as connected:
            await migrate(connected)
            await seed_pool(connected, pool)
            await lay_out(connected, shard, shards)

    def as_part(self) -> StackPart:
        """Return it as a part that a crash ends without a checkpoint."""
        return StackPart(
            name=self.name,
            start_again=self.start,
            end=self.stop,
            crash=signal.SIGQUIT,
            address=("127.0.0.1", self.port),
            running=lambda: self._running.get(self.name, 0),
        )


class Shards:
    """The clusters, and the files that say where they are; no file holds a secret."""

    def __init__(
        self,
        options: TopologyOptions,
        spawner: Spawner,
        wait_for: WaitFor,
        logs: Path,
        running: MutableMapping[str, int],
    ) -> None:
        make = (spawner, wait_for, logs, running)
        self.count, self._mover = options.shards, options.mover
        last = options.shards + options.spare_shards
        self._clusters = [ShardCluster(n, *make) for n in range(1, last + 1)]
        folder = spawner.scratch("shards")
        self.served, self.every = folder / "shards.json", folder / "every-shard.json"
        self._owners, self._upstreams = folder / "owners.json", folder / "upstreams.json"

    @property
    def dsns(self) -> tuple[str, ...]:
        """Return each shard's connection string, those of spare ones included."""
        return tuple(one.dsn(DATABASE) for one in self._clusters)

    @property
    def parts(self) -> Mapping[str, StackPart]:
        """Return each shard as a part, by its name."""
        return {one.name: one.as_part() for one in self._clusters}

    @property
    def mover(self) -> tuple[str, ...]:
        """Return the command that moves buckets, without what it is to do."""
        files = ("--shards", str(self._owners), "--upstreams", str(self._upstreams))
        return (sys.executable, "-m", *self._mover, *files)

    async def start(self, pool: int, front: Front = lambda name, port: port) -> None:
        """Start all of them at once; returns when each owns its buckets. The servers reach each at
        the port that ``front`` returns for its name and its own port."""
        await asyncio.gather(
            *[one.begin(n, self.count, pool) for n, one in enumerate(self._clusters)]
        )
        as_server = [
            make_conninfo(one.dsn(DATABASE, role=SERVER_ROLE), port=front(one.name, one.port))
            for one in self._clusters
        ]
        write_shards(self.served, as_server[: self.count])
        write_shards(self.every, as_server)
        write_shards(self._owners, self.dsns)
        write_shards(self._upstreams, [one.upstream for one in self._clusters])

    def stop(self) -> None:
        """Stop all of them, and remove what they hold."""
        with ThreadPoolExecutor(len(self._clusters)) as pool:
            list(pool.map(_end, self._clusters))


def _end(cluster: ShardCluster) -> None:
    cluster.stop(how=signal.SIGQUIT)
    cluster.discard()
