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
    where there is none. ``queue`` is what stands between the servers and it, or None."""

    servers: int = 1
    haproxy: Path | None = None
    pgbouncer: Path | None = None
    replication: str = ""
    queue: QueueOptions | None = None


ONE_SERVER = TopologyOptions()
