"""A port for a program that needs to know beforehand which one to listen on."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

_LEAST_PORT = 15_000
_TRIES = 100


def free_port() -> int:
    """Return a loopback TCP port that was free a moment ago and stays so until it is listened on.

    It is none of those that the system gives to programs that ask for any: on a busy machine
    seconds go by before the program has bound its port, and meanwhile others ask.
    """
    span = _first_that_is_given() - _LEAST_PORT
    start = int.from_bytes(os.urandom(4), "big")
    tries = [_LEAST_PORT + (start + n) % span for n in range(_TRIES)] if span > 0 else []
    for candidate in [*tries, 0]:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", candidate))
            port: int = probe.getsockname()[1]
            return port
    raise OSError("no loopback port is free")


def _first_that_is_given() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768
