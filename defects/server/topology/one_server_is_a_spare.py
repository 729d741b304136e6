"""The balancer gives requests to the second server only while the first is down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from defects.base import HarnessDefect, Switch
from defects.overrides.topology import BALANCED, CONFIGURE, Configure, rewritten
from servers.topology.scaled.haproxy import HAProxy


def configure(
    switch: Switch,
    original: Configure,
    balancer: HAProxy,
    servers: Mapping[str, tuple[str, int]],
    **where: Any,
) -> None:
    """Make the last server a backup."""
    original(balancer, servers, **where)
    if switch.reached():
        host, port = [*servers.values()][-1]
        line = f"server {[*servers][-1]} {host}:{port}"
        rewritten(balancer, f"{line}\n", f"{line} backup\n")


DEFECT = HarnessDefect(
    about="One of two servers gets no batch while the other is up.",
    expected={"servers_shared_batches"},
    trials=[BALANCED],
    overrides={CONFIGURE: configure},
)
