"""The topology: what the engines of a larger system count, and when they could not be asked."""

from __future__ import annotations

from typing import Annotated

import pyarrow as pa
from msgspec import Meta

from harness.ledger.kinds.base import (
    KIND_COLUMN,
    MONO_NS,
    WALL_NS,
    Column,
    Count,
    LedgerRow,
    Witness,
)


class TopologyRow(LedgerRow):
    """A look at one part of the topology. Counters are those of the part since its start: a part
    that was started again counts from 0."""

    part: str


class BalancedServerState(TopologyRow, tag="balanced_server"):
    """What the balancer knows of one server, and of the batches that it gave it; nothing else that
    it passes on is counted."""

    pid: int
    status: Annotated[str, Meta(description="UP, DOWN, MAINT, DRAIN, as HAProxy has it")]
    batches: Annotated[Count, Meta(description="batches that were given to the server")]
    acknowledged: Annotated[Count, Meta(description="answers with 2xx that it gave to them")]
    under_way: Annotated[Count, Meta(description="batches that wait for its answer")]
    failed: Annotated[
        Count, Meta(description="batches whose connection or answer broke off at the server")
    ]


class PoolerState(TopologyRow, tag="pooler"):
    """How many connections the pooler has on either side, and how much it has lent."""

    pid: int
    clients: Annotated[Count, Meta(description="connections of the servers to the pooler")]
    waiting: Annotated[Count, Meta(description="of these: wait for a connection of PostgreSQL")]
    connections: Annotated[Count, Meta(description="the pooler's connections to PostgreSQL")]
    transactions: Annotated[Count, Meta(description="transactions that went through it")]


class ReplicaState(TopologyRow, tag="replica"):
    """How far a replica follows its primary, and what it has been asked."""

    pid: int
    status: Annotated[
        str,
        Meta(
            description="`sync` or `async`, as its primary has it; `away` while that has no "
            "connection to it; `promoted` once it is a primary itself"
        ),
    ]
    behind: Annotated[
        int, Meta(description="bytes of the primary's log that it has not repeated", ge=0)
    ]
    reads: Annotated[Count, Meta(description="questions about freshness that it was asked")]


class ShardState(TopologyRow, tag="shard"):
    """What a shard owns, and what it has been asked by its own count."""

    pid: int
    buckets: Annotated[Count, Meta(description="buckets that are the shard's own")]
    epoch: Annotated[Count, Meta(description="the newest epoch of these")]
    reads: Annotated[Count, Meta(description="questions about freshness that it was asked")]
    writes: Annotated[Count, Meta(description="statements that stored impressions")]


class BucketOwned(TopologyRow, tag="bucket_owned"):
    """At the final read: a shard owns a bucket."""

    bucket: Count
    status: Annotated[str, Meta(description="`open`, or `paused`: it takes no writes")]
    epoch: Count


class ShardHolds(TopologyRow, tag="shard_holds"):
    """At the final read: what a shard holds. ``why`` names some users who do not belong there."""

    buckets: Annotated[Count, Meta(description="buckets that are the shard's own")]
    users: Annotated[Count, Meta(description="users of whom it has rows")]
    stored: Annotated[Count, Meta(description="rows that it has")]
    misplaced: Annotated[Count, Meta(description="of these: of buckets that are not its own")]
    why: str


class BucketSwitched(TopologyRow, tag="bucket_switched"):
    """A bucket has moved, by the mover's word; the time is when that was read."""

    bucket: Count
    source: Annotated[str, Meta(description="the shard that it left")]
    target: Annotated[str, Meta(description="the shard that it went to")]
    epoch: Count
    paused_ns: Annotated[
        int | None, Meta(description="how long it took no writes; null after a mover's death")
    ] = None


class FreshnessAnswer(TopologyRow, tag="freshness_answer"):
    """A user asked how much is left to see; the time is that of the question. It says how fresh an
    answer is, and nothing of what is stored."""

    user: str
    viewed: Annotated[Count, Meta(description="impressions that the answer knows of")]
    answered_ns: Annotated[int, Meta(description="when it came, ns of CLOCK_MONOTONIC")]


class FreshnessRefused(TopologyRow, tag="freshness_refused"):
    """A question about freshness had no answer."""

    user: str
    why: str


class BrokerState(TopologyRow, tag="broker"):
    """What the broker counts of messages, and how many it has."""

    pid: int
    published: Annotated[Count, Meta(description="messages that were published to it")]
    confirmed: Annotated[Count, Meta(description="of these: confirmed")]
    returned: Annotated[Count, Meta(description="of these: returned, for no queue takes them")]
    dropped: Annotated[Count, Meta(description="of these: dropped, for no queue takes them")]
    delivered: Annotated[Count, Meta(description="deliveries to workers")]
    unguarded: Annotated[
        Count, Meta(description="of these: forgotten at once, without an acknowledgement")
    ]
    redelivered: Annotated[Count, Meta(description="of these: of messages delivered before")]
    settled: Annotated[Count, Meta(description="messages that workers acknowledged")]
    dead: Annotated[Count, Meta(description="messages that became dead letters")]
    ready: Annotated[
        Count | None,
        Meta(description="messages that wait for a worker; null while the queue is not named"),
    ] = None
    unsettled: Annotated[
        Count | None,
        Meta(description="messages that workers have not acknowledged; null as above"),
    ] = None


class BrokerMessage(TopologyRow):
    """One message: its id, and the batch and attempt that its headers name."""

    message: str
    batch: str | None = None
    attempt: int | None = None


class MessagePublished(BrokerMessage, tag="message_published"):
    """A message was published, by the broker's own trace."""


class MessageDelivered(BrokerMessage, tag="message_delivered"):
    """A message was delivered to a worker, by the broker's own trace."""

    redelivered: Annotated[Count, Meta(description="1 where it had been delivered before")] = 0


class DeadLetter(BrokerMessage, tag="dead_letter"):
    """A message lies with the dead letters at the end of the run."""

    reason: Annotated[str, Meta(description="why, as the broker has it")]
    queue: Annotated[str, Meta(description="the queue that it came from")]


class TraceBegun(TopologyRow, tag="trace_begun"):
    """From now on the broker's trace is read."""


class TraceEnded(TopologyRow, tag="trace_ended"):
    """The broker's trace is not read any more: the connection is gone, or the run is over."""

    why: str


class PartSilent(TopologyRow, tag="part_silent"):
    """A part did not say what it counts: it is gone, or stands still."""

    why: str


class TopologyWatched(TopologyRow, tag="topology_watched"):
    """The end of watching a part."""

    looks: Annotated[Count, Meta(description="how often it answered")]


TOPOLOGY = Witness(
    "topology",
    TopologyRow,
    (
        MONO_NS,
        WALL_NS,
        KIND_COLUMN,
        Column(
            "part",
            pa.string(),
            "server-1 …, balancer, pooler, replica, broker, shard-1 …, or who gave an answer",
        ),
        Column("pid", pa.int64(), "the process that counted: another one began from 0"),
        Column(
            "status", pa.string(), "what the balancer takes a server for, or the primary a replica"
        ),
        Column("batches", pa.int64(), "batches that were given to a server"),
        Column("acknowledged", pa.int64(), "answers with 2xx"),
        Column("under_way", pa.int64(), "batches that wait for an answer"),
        Column("failed", pa.int64(), "batches that broke off at a server"),
        Column("clients", pa.int64(), "connections to the pooler"),
        Column("waiting", pa.int64(), "connections that wait for one of PostgreSQL"),
        Column("connections", pa.int64(), "connections of the pooler to PostgreSQL"),
        Column("transactions", pa.int64(), "transactions that went through the pooler"),
        Column("behind", pa.int64(), "bytes of the log that a replica has not repeated", True),
        Column(
            "reads", pa.int64(), "questions about freshness that a replica or shard was asked", True
        ),
        Column("buckets", pa.int64(), "buckets that a shard owns", True),
        Column("bucket", pa.int64(), "a bucket of users", True),
        Column("epoch", pa.int64(), "the epoch at which a bucket came to its shard", True),
        Column("writes", pa.int64(), "statements that stored impressions on a shard", True),
        Column("users", pa.int64(), "users of whom a shard has rows", True),
        Column("stored", pa.int64(), "rows that a shard has", True),
        Column("misplaced", pa.int64(), "rows of buckets that are another shard's", True),
        Column("source", pa.string(), "the shard that a bucket left", True),
        Column("target", pa.string(), "the shard that a bucket went to", True),
        Column("paused_ns", pa.int64(), "how long a bucket took no writes, ns", True),
        Column("user", pa.string(), "who asked about freshness", True),
        Column("viewed", pa.int64(), "impressions that an answer knows of", True),
        Column("answered_ns", pa.int64(), "when an answer came, ns of CLOCK_MONOTONIC", True),
        *(
            Column(name, pa.int64(), about, True)
            for name, about in {
                "published": "messages that were published",
                "confirmed": "messages that the broker confirmed",
                "returned": "messages that no queue takes, returned to who published them",
                "dropped": "messages that no queue takes, dropped",
                "delivered": "deliveries to workers",
                "unguarded": "deliveries without an acknowledgement to come",
                "redelivered": "deliveries of messages that had been delivered before",
                "settled": "messages that workers acknowledged",
                "dead": "messages that became dead letters",
                "ready": "messages that wait for a worker",
                "unsettled": "messages that workers have not acknowledged",
                "attempt": "the attempt that a message's headers name",
            }.items()
        ),
        Column("message", pa.string(), "the id of a message", True),
        Column("batch", pa.string(), "the batch that a message's headers name", True),
        Column("reason", pa.string(), "why a message is a dead letter", True),
        Column("queue", pa.string(), "the queue that a dead letter came from", True),
        Column("why", pa.string(), "why a part did not say anything"),
        Column("looks", pa.int64(), "how often a part answered"),
    ),
)
