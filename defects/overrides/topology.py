"""Where defects of larger topologies sit, and their trials."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from defects.base import Trial

CONFIGURE = "servers.topology.scaled.haproxy:HAProxy.configure"
"""HAProxy's configuration is written; its servers are the first argument."""

Configure = Callable[..., None]

BALANCED = Trial("scale_out", topology="balanced", fault="none")
ROLLING = Trial("scale_out", topology="balanced", fault="rolling_restart")
POOLED = Trial("scale_out", topology="pooled", fault="none")
"""The cheapest loads on each."""
FOLLOWED = Trial("scale_out", topology="replicated", fault="none")
PAUSED = Trial("scale_out", topology="replicated", fault="replay_paused")
WAITED_FOR = Trial("scale_out", topology="replicated-synchronous", fault="none")
SUCCEEDED = Trial("scale_out", topology="replicated-synchronous", fault="primary_lost")
"""Loads on a primary with a replica: asynchronous, one whose replay is paused, synchronous, and one
that takes its primary's place."""


def is_second_server() -> bool:
    """Return whether this process is the second of several servers."""
    return any("ingest-2" in argument for argument in sys.argv)


def rewritten(balancer: Any, old: str, new: str) -> None:
    """Replace text of HAProxy's configuration. Raises ValueError where it is not there once."""
    text = balancer.configuration.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"HAProxy's configuration has {old!r} {text.count(old)} times, not once")
    balancer.configuration.write_text(text.replace(old, new), encoding="utf-8")
