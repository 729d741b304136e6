"""A port for a program that needs to know beforehand which one to listen on."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from pathlib import Path

from harness.core.errors import UsageError

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


def refuse_taken(host: str, port: int, *, hint: str) -> None:
    """Raise UsageError where a port cannot be listened on; ``hint`` says what to do. 0 is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # A port that was closed a moment ago can be listened on by whatever asks this way too.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise UsageError(f"port {port} of {host} is taken", hint=hint) from error
            what = error.strerror or error
            raise UsageError(f"cannot listen at {host}, port {port}: {what}", hint=hint) from error


def _first_that_is_given() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768
