"""What stands around the PostgreSQL of a stack, or in its place: pooler, replica, shards."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path

from servers.topology.parts import StackPart, part_of
from servers.topology.postgres import SERVER_ROLE, Postgres
from servers.topology.scaled.options import TopologyOptions
from servers.topology.scaled.pgbouncer import PgBouncer
from servers.topology.scaled.replica import Replica
from servers.topology.scaled.shards import Front, Shards
from servers.topology.spawning import NotReady, Spawner, WaitFor


class DatabaseEngines:
    """Starts what the options name; ``running`` is where the pids of processes are noted."""

    def __init__(
        self,
        options: TopologyOptions,
        spawner: Spawner,
        wait_for: WaitFor,
        logs: Path,
        running: MutableMapping[str, int],
    ) -> None:
        self._options = options
        self._make = (spawner, wait_for, logs, running)
        self.pooler: PgBouncer | None = None
        self.replica: Replica | None = None
        self.shards: Shards | None = None
        self.server_arguments: tuple[str, ...] = ()
        self.server_env: dict[str, str] = {}

    @property
    def parts(self) -> Mapping[str, StackPart]:
        """Return what can be stopped and started again, by its name."""
        found = dict(self.shards.parts) if self.shards else {}
        if self.pooler is not None:
            found["pooler"] = part_of("pooler", self.pooler)
        if self.replica is not None:
            found["replica"] = self.replica.as_part()
        return found

    async def start(self, postgres: Postgres | None, database: str) -> tuple[str, str] | None:
        """Start pooler and replica; return the connection strings for those who watch and for the
        server, None where these stay as they are.

        A pooler stands before the primary alone: with one, a promotion is no part of the stack.
        """
        found: tuple[str, str] | None = None
        if self._options.replication:
            found = await self._start_replica(self._options.replication, postgres, database)
        if self._options.pgbouncer is not None:
            found = await self._start_pooler(self._options.pgbouncer, postgres, database)
        return found

    async def start_shards(self, database_url: str | None, pool: int, front: Front) -> str:
        """Start the shards, each with ``pool`` artworks, which the servers reach through ``front``;
        return the connection string of the first, for those who watch."""
        options = self._options
        if database_url or options.pgbouncer or options.replication:
            raise NotReady("shards are clusters of our own, without a pooler or a replica")
        self.shards = Shards(options, *self._make)
        await self.shards.start(pool, front)
        self.server_arguments = ("--shards", str(self.shards.served))
        return self.shards.dsns[0]

    def stop_shards(self) -> None:
        """Stop the shards, if there are any, and remove what they hold."""
        if self.shards is not None:
            self.shards.stop()
            self.shards = None

    async def _start_pooler(
        self, binary: Path, postgres: Postgres | None, database: str
    ) -> tuple[str, str]:
        if postgres is None:
            raise NotReady("PgBouncer stands before a PostgreSQL of our own only")
        self.pooler = PgBouncer(binary, *self._make)
        self.pooler.configure(postgres)
        await self.pooler.start()
        self.server_arguments = ("--transaction-pooling",)
        return postgres.dsn(database), self.pooler.dsn(postgres, database)

    async def _start_replica(
        self, replication: str, postgres: Postgres | None, database: str
    ) -> tuple[str, str]:
        if postgres is None:
            raise NotReady("a replica follows a PostgreSQL of our own")
        self.replica = Replica(postgres, *self._make)
        await self.replica.begin(replication)
        self.server_env = {"INGEST_REPLICA": self.replica.dsn(database, role=SERVER_ROLE)}
        return self.replica.either(database), self.replica.either(database, role=SERVER_ROLE)
