"""The reference system's topologies: what it is made of, as data.

``single`` is PostgreSQL and one server. Each of the others adds engines of the field; what a run
promises does not change with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.core.errors import UsageError, did_you_mean

STORED_S = 30.0
"""What is answered with 202 is stored within this, while nothing is broken."""
STEADY_S = 2.0
"""A broker's figures are at most a second old: what they show for this long is so."""
FACTOR = "topology"
"""The factor of an arm; an arm without it is ``single``."""
SINGLE = "single"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """``servers`` is how many ingest servers there are, several of them behind HAProxy;
    ``is_pooled``: PgBouncer in transaction mode stands before PostgreSQL. ``replication`` is how a
    replica follows PostgreSQL, ``asynchronous`` or ``synchronous``; empty: there is none.
    ``is_queued``: RabbitMQ takes batches from the servers, and workers store them. ``shards`` is
    over how many clusters users are spread, 0 for one database; ``spare_shards`` more own nothing
    until they are grown into."""

    name: str
    about: str
    servers: int = 1
    is_pooled: bool = False
    replication: Literal["", "asynchronous", "synchronous"] = ""
    is_queued: bool = False
    shards: int = 0
    spare_shards: int = 0

    @property
    def is_balanced(self) -> bool:
        """Return whether a balancer stands before the servers."""
        return self.servers > 1

    @property
    def is_replicated(self) -> bool:
        """Return whether PostgreSQL has a replica."""
        return bool(self.replication)

    @property
    def shows_own_writes(self) -> bool:
        """Return whether a user's reads show all that the user was acknowledged. Where a queue
        answers first no server knows how far the log is with a user's last write: reads are behind
        by the queue and by the replica."""
        return not self.is_queued

    @property
    def is_sharded(self) -> bool:
        """Return whether users are spread over several databases."""
        return self.shards > 0

    @property
    def needs(self) -> tuple[str, ...]:
        """Return the parts of the machine that it needs, by their names in ``harness doctor``. A
        replica needs none: it comes from the wheel that PostgreSQL itself comes from."""
        wanted = {
            "haproxy": self.is_balanced,
            "pgbouncer": self.is_pooled,
            "rabbitmq": self.is_queued,
        }
        return tuple(name for name, is_wanted in wanted.items() if is_wanted)


TOPOLOGIES: Mapping[str, Topology] = {
    one.name: one
    for one in (
        Topology(name=SINGLE, about="one server and its PostgreSQL"),
        Topology(name="balanced", about="HAProxy before two servers", servers=2),
        Topology(
            name="pooled",
            about="PgBouncer in transaction mode between one server and PostgreSQL",
            is_pooled=True,
        ),
        Topology(
            name="balanced-pooled",
            about="HAProxy before two servers, PgBouncer between them and PostgreSQL",
            servers=2,
            is_pooled=True,
        ),
        Topology(
            name="replicated",
            about="a replica of PostgreSQL that answers reads; a commit does not wait for it",
            replication="asynchronous",
        ),
        Topology(
            name="replicated-synchronous",
            about="a replica of PostgreSQL that answers reads; every commit waits for its disk",
            replication="synchronous",
        ),
        Topology(
            name="queued",
            about="RabbitMQ takes batches, which are answered with 202, and ten workers store them",
            is_queued=True,
        ),
        Topology(
            name="balanced-queued-pooled",
            about="HAProxy before two servers, RabbitMQ behind them, PgBouncer behind its workers",
            servers=2,
            is_pooled=True,
            is_queued=True,
        ),
        Topology(
            name="full",
            about="HAProxy, two servers, RabbitMQ, PgBouncer behind its workers, and a replica",
            servers=2,
            is_pooled=True,
            replication="asynchronous",
            is_queued=True,
        ),
        Topology(
            name="sharded",
            about="HAProxy before two servers, users spread over four PostgreSQL clusters",
            servers=2,
            shards=4,
        ),
        Topology(
            name="sharded-growing",
            about="the same, and four clusters more that own nothing yet",
            servers=2,
            shards=4,
            spare_shards=4,
        ),
    )
}


def topology_named(name: str) -> Topology:
    """Return a topology. Raises UsageError that names the nearest."""
    if name not in TOPOLOGIES:
        hint = did_you_mean(name, TOPOLOGIES, f"There are {', '.join(TOPOLOGIES)}")
        raise UsageError(f"there is no topology {name!r}", hint=hint)
    return TOPOLOGIES[name]


def topology_of(arm: Mapping[str, str]) -> Topology:
    """Return the topology of an arm. Raises UsageError for one that does not exist."""
    return topology_named(arm.get(FACTOR, SINGLE))
