"""A replica that is to be synchronous is not: no commit waits for it."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import HarnessDefect, Switch
from defects.overrides.topology import WAITED_FOR
from servers.topology.scaled.replica import Replica


def wait_for_it(switch: Switch, original: Callable[[Replica], None], replica: Replica) -> None:
    """Leave the primary as it is."""
    if not switch.reached():
        original(replica)


DEFECT = HarnessDefect(
    about="A replica that may lag behind is called synchronous.",
    expected={"replica_follows"},
    trials=[WAITED_FOR],
    overrides={"servers.topology.scaled.replica:Replica.wait_for_it": wait_for_it},
)
