"""A Redis of its own: one process on a free loopback port that keeps nothing on disk."""

from __future__ import annotations

import contextlib
import signal
import socket
from pathlib import Path

from servers.topology.postgres import free_port
from servers.topology.spawning import Child, NotReady, Spawner, WaitFor

START_TIMEOUT_S = 30.0
_TIMEOUT_S = 2.0


class RedisServer:
    """The process only. Redis and Valkey take the same arguments."""

    def __init__(self, binary: Path, spawner: Spawner, wait_for: WaitFor, logs: Path) -> None:
        self._binary = binary
        self._spawner = spawner
        self._wait_for = wait_for
        self._logs = logs
        self._child: Child | None = None
        self._port = 0

    @property
    def address(self) -> str:
        """Return where it listens, ``HOST:PORT``."""
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Return the process id."""
        if self._child is None:
            raise NotReady("Redis was not started")
        return self._child.pid

    async def start(self) -> None:
        """Start it; returns when it answers."""
        self._port = free_port()
        self._logs.mkdir(parents=True, exist_ok=True)
        argv = [str(self._binary), "--bind", "127.0.0.1", "--port", str(self._port)]
        argv += ["--save", "", "--appendonly", "no", "--dir", str(self._logs)]
        self._child = self._spawner.spawn("redis", argv, log=self._logs / "redis.log")
        await self._wait_for("Redis answers", self._answers, timeout_s=START_TIMEOUT_S)

    def stop(self) -> None:
        """Stop it; what it kept is gone."""
        if self._child is not None:
            self._child.stop(ask_with=signal.SIGTERM)
            self._spawner.forget(self._child.pid)
            self._child = None

    def _answers(self) -> bool:
        if self._child is not None and self._child.exit_code is not None:
            raise NotReady(f"Redis ended at once: {self._child.last_words()}")
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self._port), timeout=_TIMEOUT_S) as connection,
        ):
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        return False
