"""A topology by its name as what a stack is started with."""

from __future__ import annotations

from pathlib import Path

from harness.core.errors import MissingPart, UsageError
from harness.setup import find_part
from harness.target.capabilities import OF_ONE_DATABASE, Capability
from harness.target.described.file import REFERENCE_SERVER
from harness.target.reference.topologies import SINGLE, Topology
from harness.target.target import QueueAccess, ShardedSite
from servers.ingest.config import QUEUE_LENGTH
from servers.topology.scaled.options import TopologyOptions
from servers.topology.scaled.queue import MODULE, PROXY, QueueOptions
from servers.topology.single import Stack

PREFETCH = 8
QUEUE_FULL, SHORT_QUEUE = "queue_full", 4
"""The level of the factor ``fault`` at which the queue is as short as this."""
BROKER_KILLED = "broker_killed"
"""Messages are to be in the queue then, not with the workers."""

MOVER = "servers.sharding"


def topology_options(
    topology: Topology,
    module: str,
    *,
    database_url: str | None,
    queue_worker: tuple[str, tuple[str, ...]] = (MODULE, ()),
    mover: tuple[str, tuple[str, ...]] = (MOVER, ()),
    fault: str = "",
) -> TopologyOptions:
    """Return what a stack needs of a topology; ``queue_worker`` is the module of what stores from a
    queue, and its first arguments, ``mover`` that of what moves buckets. ``fault`` is what will
    happen to it.

    Raises UsageError where the server is one of the user's, or an engine were to stand around a
    PostgreSQL that is not the harness's own, MissingPart for a part that is not here.
    """
    if topology.name != SINGLE and module != REFERENCE_SERVER:
        raise UsageError(f"only the reference server has topologies, not {module}")
    needs_own = topology.is_pooled or topology.is_replicated or topology.is_queued
    if (needs_own or topology.is_sharded) and database_url:
        raise UsageError(
            f"the topology {topology.name} needs a PostgreSQL of the harness's own",
            hint="Leave --database out, and the url of [database] in a target file",
        )
    found = {part: find_part(part) for part in topology.needs}
    if missing := [part for part, path in found.items() if path is None]:
        only = " ".join(f"--only {part}" for part in missing)
        raise MissingPart(
            f"the topology {topology.name} needs {' and '.join(missing)}",
            hint=f"`harness setup {only}` brings what is missing",
        )
    return TopologyOptions(
        servers=topology.servers,
        haproxy=found.get("haproxy"),
        pgbouncer=found.get("pgbouncer"),
        replication=topology.replication,
        queue=_queue(found.get("rabbitmq"), *queue_worker, fault),
        shards=topology.shards,
        spare_shards=topology.spare_shards,
        mover=(mover[0], *mover[1]),
    )


def _queue(
    rabbitmq: Path | None, module: str, arguments: tuple[str, ...], fault: str
) -> QueueOptions | None:
    if rabbitmq is None:
        return None
    return QueueOptions(
        rabbitmq=rabbitmq,
        module=module,
        arguments=arguments,
        length_max=SHORT_QUEUE if fault == QUEUE_FULL else QUEUE_LENGTH,
        prefetch=1 if fault in (QUEUE_FULL, BROKER_KILLED) else PREFETCH,
    )


def offered(topology: Topology, capabilities: frozenset[Capability]) -> frozenset[Capability]:
    """Return what of these capabilities the reference system offers as that topology, and more."""
    if topology.is_balanced or topology.is_queued:  # each process has metrics of its own
        capabilities -= {Capability.SERVER_METRICS}
    if topology.is_queued:
        capabilities -= {Capability.ANSWER_COUNTS}
        capabilities |= {Capability.MESSAGE_QUEUE}
    return capabilities - OF_ONE_DATABASE if topology.is_sharded else capabilities


def queue_of(stack: Stack) -> QueueAccess | None:
    """Return how a stack's queue is reached, or None where it has none."""
    queue = stack.queue
    if queue is None:
        return None
    return QueueAccess(
        url=queue.broker.url,
        metrics_url=queue.broker.metrics_url,
        workers=queue.workers,
        halt_file=queue.halt_file,
        proxy=PROXY,
    )


def shards_of(stack: Stack) -> ShardedSite | None:
    """Return where the shards of a stack are; None where there is one database."""
    shards = stack.engines.shards
    if shards is None:
        return None
    return ShardedSite(
        dsns=shards.dsns,
        count=shards.count,
        mover=shards.mover,
        served=shards.served,
        every=shards.every,
    )
