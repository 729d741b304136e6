"""What makes a stack larger, as data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from servers.topology.scaled.queue import QueueOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyOptions:
    """``servers`` is how many ingest servers there are; several need ``haproxy``, its binary.
    ``pgbouncer`` is the binary of a pooler between them and the PostgreSQL, which must be our own,
    or None. ``replication`` is how its replica follows it, asynchronously or synchronously; empty
    where there is none. ``queue`` is what stands between the servers and it, or None. ``shards`` is
    over how many clusters users are spread, 0 for one database and no map; ``spare_shards`` more
    are there and own nothing yet. ``mover`` is the module that moves buckets between them, with
    arguments of its own."""

    servers: int = 1
    haproxy: Path | None = None
    pgbouncer: Path | None = None
    replication: str = ""
    queue: QueueOptions | None = None
    shards: int = 0
    spare_shards: int = 0
    mover: tuple[str, ...] = ("servers.sharding",)


ONE_SERVER = TopologyOptions()
