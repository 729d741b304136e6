"""A topology by its name as what a stack is started with."""

from __future__ import annotations

from harness.core.errors import MissingPart, UsageError
from harness.setup import find_part
from harness.target.described.file import REFERENCE_SERVER
from harness.target.reference.topologies import SINGLE, Topology
from servers.topology.scaled.options import TopologyOptions


def topology_options(
    topology: Topology, module: str, *, database_url: str | None
) -> TopologyOptions:
    """Return what a stack needs of a topology.

    Raises UsageError where the server is one of the user's, or PgBouncer were to stand before a
    PostgreSQL that is not the harness's own, or a replica to follow one, MissingPart for a part
    that is not here.
    """
    if topology.name != SINGLE and module != REFERENCE_SERVER:
        raise UsageError(f"only the reference server has topologies, not {module}")
    if (topology.is_pooled or topology.is_replicated) and database_url:
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
    )
