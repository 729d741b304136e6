"""What HAProxy counts of batches, by server, over its runtime API (a Unix socket)."""

from __future__ import annotations

import csv
import io
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.ledger.kinds.monitoring.topology import BalancedServerState

PART = "balancer"
BATCHES = "batches"
"""The backend that takes batches alone."""
_TIMEOUT_S = 1.0
_SERVER_PREFIX, _PART_PREFIX = "ingest-", "server-"


class Balancer:
    """One HAProxy."""

    part, process = PART, "haproxy"

    def __init__(self, socket_path: Path) -> None:
        self._path = socket_path

    def look(self, pid: int) -> Sequence[BalancedServerState]:
        """Return the state of every server behind it. Raises OSError."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_TIMEOUT_S)
            connection.connect(str(self._path))
            connection.sendall(b"show stat\n")
            text = b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
        return states(text, pid)


def states(text: str, pid: int) -> list[BalancedServerState]:
    """Return the servers that a process's answer to ``show stat`` names.

    Raises OSError where it names none, or leaves out what is counted of one: that is not 0.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("# ")))
    found = [
        BalancedServerState(
            pid=pid,
            part=row["svname"].replace(_SERVER_PREFIX, _PART_PREFIX),
            status=row["status"].partition(" ")[0],
            batches=_counted(row, "stot"),
            acknowledged=_counted(row, "hrsp_2xx"),
            under_way=_counted(row, "scur") + _counted(row, "qcur"),
            failed=_counted(row, "econ") + _counted(row, "eresp"),
        )
        for row in rows
        if row.get("pxname") == BATCHES and row["svname"].startswith(_SERVER_PREFIX)
    ]
    if not found:
        raise OSError("it names no server")
    return found


def _counted(row: Mapping[str, str | None], name: str) -> int:
    count = row.get(name)
    if not count:
        raise OSError(f"it does not count {name} of {row['svname']}")
    return int(count)
