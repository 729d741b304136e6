"""The vocabulary of the ledger: every witness, its columns and its kinds of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.ledger.kinds.activity import ACTIVITY
from harness.ledger.kinds.base import Witness
from harness.ledger.kinds.client import CLIENT
from harness.ledger.kinds.database import DATABASE
from harness.ledger.kinds.load import LOAD
from harness.ledger.kinds.machine import MACHINE
from harness.ledger.kinds.monitoring.alerts import ALERTS
from harness.ledger.kinds.monitoring.pool import POOL
from harness.ledger.kinds.monitoring.topology import TOPOLOGY
from harness.ledger.kinds.network import NETWORK
from harness.ledger.kinds.server import SERVER
from harness.ledger.kinds.viewer import VIEWER
from harness.ledger.kinds.wire import WIRE

WITNESSES: Mapping[str, Witness[Any]] = {
    one.name: one
    for one in (
        VIEWER,
        CLIENT,
        LOAD,
        DATABASE,
        NETWORK,
        MACHINE,
        ACTIVITY,
        WIRE,
        ALERTS,
        POOL,
        TOPOLOGY,
    )
}
"""The witnesses that the harness writes, each in Arrow files of its name. The one more, ``SERVER``,
is the target's receipts."""

__all__ = [
    "ACTIVITY",
    "ALERTS",
    "CLIENT",
    "DATABASE",
    "LOAD",
    "MACHINE",
    "NETWORK",
    "POOL",
    "SERVER",
    "TOPOLOGY",
    "VIEWER",
    "WIRE",
    "WITNESSES",
]
