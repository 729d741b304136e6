"""What recorders report of their queues is passed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from defects.base import ServerDefect, Switch
from defects.overrides.monitoring import caused
from servers.ingest.monitoring.recorders import Recorders

Heard = Callable[[Recorders, str, Mapping[str, object]], None]


def heard(
    switch: Switch, original: Heard, recorders: Recorders, tab: str, counters: Mapping[str, object]
) -> None:
    """Take none of the counters."""
    original(recorders, tab, {} if switch.reached() else counters)


DEFECT = ServerDefect(
    about="The server takes nothing of what recorders report of their queues.",
    expected={"alert_fired"},
    trials=[caused("QueueBacklog")],
    overrides={"servers.ingest.monitoring.recorders:Recorders.heard": heard},
)
