"""Servers are restarted while the balancer gives them requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from defects.base import HarnessDefect, Switch
from defects.overrides.topology import CONFIGURE, ROLLING, Configure, rewritten
from servers.topology.scaled.haproxy import HAProxy


def configure(
    switch: Switch,
    original: Configure,
    balancer: HAProxy,
    servers: Mapping[str, tuple[str, int]],
    **where: Any,
) -> None:
    """Give no request to another server, as balancers do that are set up in a hurry."""
    original(balancer, servers, **where)
    if switch.reached():
        rewritten(balancer, "option redispatch 1\n    retries 3\n", "retries 0\n")


def drain(switch: Switch, original: Callable[..., None], balancer: HAProxy, name: str) -> None:
    """Let it get requests until it is gone."""
    if not switch.reached():
        original(balancer, name)


DEFECT = HarnessDefect(
    about="A server is stopped without being taken out of the balancer, which then gives up.",
    expected={"every_flush_succeeded"},
    trials=[ROLLING],
    overrides={CONFIGURE: configure, "servers.topology.scaled.haproxy:HAProxy.drain": drain},
)
