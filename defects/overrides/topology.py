"""Where defects of larger topologies sit, and their trials."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from defects.base import Trial
from harness.core.errors import WaitTimeout
from harness.core.wait import block_until
from servers.sharding.buckets import is_in
from servers.sharding.steps import TABLE, ShardSession, name_of_move

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

SHARDED = Trial("scale_out", topology="sharded", workload="trickle", fault="none")
SHARD_STILL = Trial("scale_out", topology="sharded", workload="trickle", fault="shard_still")
MOVING = Trial("scale_out", topology="sharded", workload="trickle", fault="buckets_moved")
"""Loads over shards that are left alone, of which one stands still, of which buckets move."""


def is_second_server() -> bool:
    """Return whether this process is the second of several servers."""
    return any("ingest-2" in argument for argument in sys.argv)


def rewritten(balancer: Any, old: str, new: str) -> None:
    """Replace text of HAProxy's configuration. Raises ValueError where it is not there once."""
    text = balancer.configuration.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"HAProxy's configuration has {old!r} {text.count(old)} times, not once")
    balancer.configuration.write_text(text.replace(old, new), encoding="utf-8")


MORE_S = 10.0
"""How long a row that is written while copying stands still is waited for."""


def fall_behind(source: ShardSession, target: ShardSession, bucket: int) -> None:
    """Let what is copied be behind by at least a row of a bucket; returns when it is, at the latest
    after some seconds."""
    target.ask(f"ALTER SUBSCRIPTION {name_of_move(source, target)} DISABLE")
    before = _stored(source, bucket)
    with suppress(WaitTimeout):
        block_until("more is stored", lambda: _stored(source, bucket) > before, timeout_s=MORE_S)


def wait_s(seconds: float) -> None:
    """Let time pass."""
    with suppress(WaitTimeout):
        block_until("time has passed", lambda: False, timeout_s=seconds)


def _stored(source: ShardSession, bucket: int) -> int:
    where = is_in("user_id", [bucket])
    [(count,)] = source.ask(f"SELECT count(*) FROM {TABLE} WHERE {where}")  # noqa: S608
    return int(count)
