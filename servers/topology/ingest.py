"""One process of the ingest server, started anew on the port that it had."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from servers.topology.spawning import Child, NotReady, Spawner, WaitFor

START_TIMEOUT_S = 60.0
PROCESS = "ingest"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCommand:
    """What is started: a module and its arguments, what its environment adds, and where it listens,
    0 for a free port."""

    module: str
    arguments: Sequence[str]
    env: Mapping[str, str]
    host: str
    port: int = 0


class IngestServer:
    """One server. ``running`` is where the pids of running processes are noted, by ``name``."""

    def __init__(
        self,
        name: str,
        command: ServerCommand,
        spawner: Spawner,
        wait_for: WaitFor,
        logs: Path,
        running: MutableMapping[str, int],
    ) -> None:
        self.name = name
        self._command = command
        self._spawner = spawner
        self._wait_for = wait_for
        self._logs = logs
        self._running = running
        self._child: Child | None = None
        self._port = command.port

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""
        return self._command.host, self._port

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://{self._command.host}:{self._port}"

    @property
    def pid(self) -> int:
        """Return the process id, 0 while it is gone."""
        return 0 if self._child is None else self._child.pid

    async def start(self) -> None:
        """Start it unless it runs, on the port it had before if any; returns when it listens."""
        if self._child is not None:
            return
        ready_file = self._logs / f"{self.name}-ready.json"
        self._logs.mkdir(parents=True, exist_ok=True)
        ready_file.unlink(missing_ok=True)
        argv = [sys.executable, "-m", self._command.module, *self._command.arguments]
        argv += ["--host", self._command.host, "--port", str(self._port)]
        argv += ["--ready-file", str(ready_file)]
        child = self._spawner.spawn(
            "ingest", argv, log=self._logs / f"{self.name}.log", env=self._command.env
        )
        self._child = child
        self._running[self.name] = child.pid

        def is_ready() -> bool:
            if child.exit_code is not None:
                raise NotReady(f"the ingest server ended at once: {child.last_words()}")
            return ready_file.exists() and _answers_200(
                self._command.host, self._listening_port(ready_file)
            )

        await self._wait_for("the ingest server is ready", is_ready, timeout_s=START_TIMEOUT_S)

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> int | None:
        """Stop it: SIGTERM drains it, SIGKILL is a crash; return its exit code."""
        code = None
        if self._child is not None:
            code = self._child.stop(ask_with=how, grace_s=10)
            self._spawner.forget(self._child.pid)
            self._child = None
            self._running.pop(self.name, None)
        return code

    def _listening_port(self, ready_file: Path) -> int:
        self._port = int(json.loads(ready_file.read_text())["port"])
        return self._port


def _answers_200(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    with contextlib.closing(connection), contextlib.suppress(OSError):
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    return False
