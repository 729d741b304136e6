"""What makes a stack larger, as data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyOptions:
    """``servers`` is how many ingest servers there are; several need ``haproxy``, its binary.
    ``pgbouncer`` is the binary of a pooler between them and the PostgreSQL, which must be our own,
    or None. ``replication`` is how its replica follows it, asynchronously or synchronously; empty
    where there is none."""

    servers: int = 1
    haproxy: Path | None = None
    pgbouncer: Path | None = None
    replication: str = ""


ONE_SERVER = TopologyOptions()
