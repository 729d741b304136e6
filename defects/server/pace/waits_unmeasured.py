"""How long batches wait in the server's queue is not measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.metrics import Histogram

MEASURED = "ingest_queue_wait_seconds"


def observe_all(
    switch: Switch,
    original: Callable[[Histogram, Sequence[float]], None],
    histogram: Histogram,
    amounts: Sequence[float],
) -> None:
    """Call every wait in the queue no wait."""
    is_wait = histogram._name == MEASURED
    original(histogram, [0.0 for _ in amounts] if is_wait and switch.reached() else amounts)


DEFECT = ServerDefect(
    about="The queue's wait is reported as nothing, however long batches wait for a connection.",
    expected={"pool_saturation"},
    trials=[Trial("saturation", workload="saturate")],
    overrides={"servers.ingest.metrics:Histogram.observe_all": observe_all},
)
