"""The workers of a stack whose server orders new artworks: how many, and how patient they are."""

from __future__ import annotations

from harness.ledger.rundir import Arm
from servers.topology.workers import WorkerOptions

POOL_FACTOR = "trouble"
"""An arm that has it, and a server that orders artworks, has workers."""
ORDERS = "predictive_pool"
WORKERS = 2
LEASE_S = 3
ARTWORK_S = 0.02
"""An artwork takes this long: a job of fifty a second, a third of the lease."""
_ARGUMENTS = ("--lease", str(LEASE_S), "--artwork-seconds", str(ARTWORK_S), "--poll", "0.1")


def workers_of(arm: Arm, module: str, before: tuple[str, ...]) -> WorkerOptions:
    """Return the workers of an arm's stack; ``module`` and the arguments ``before`` are those of
    what is started for each."""
    if POOL_FACTOR not in arm or ORDERS not in arm.get("improvement", "").split("+"):
        return WorkerOptions()
    return WorkerOptions(count=WORKERS, module=module, arguments=(*before, *_ARGUMENTS))
