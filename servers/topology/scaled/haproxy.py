"""HAProxy before several ingest servers: who takes requests, and what was counted of them.

Batches have a backend of their own, so that what is counted there is batches alone. A request is
given to another server only where none was reached: one that was sent may have been processed.
"""

from __future__ import annotations

import csv
import io
import signal
import socket
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from pathlib import Path

from servers.ingest.http.impressions import PATH
from servers.topology.postgres import free_port
from servers.topology.spawning import Child, NotReady, Spawner, WaitFor

PROCESS = "haproxy"
START_TIMEOUT_S = 30.0
DRAIN_TIMEOUT_S = 60.0
BATCHES, OTHERS = "batches", "others"
_TIMEOUT_S = 2.0

_CONFIGURATION = """\
global
    nbthread 1
    stats socket {socket} mode 600 level admin
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout queue 10s
    timeout check 2s
    option redispatch 1
    retries 3
frontend front
    bind {host}:{port}
    use_backend {batches} if {{ method POST }} {{ path {path} }}
    default_backend {others}
backend {batches}
    balance leastconn
    option httpchk GET /healthz
    default-server check inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
{checked}
backend {others}
    balance leastconn
{tracking}
"""


class HAProxy:
    """One HAProxy. ``running`` is where the pids of running processes are noted."""

    def __init__(
        self,
        binary: Path,
        spawner: Spawner,
        wait_for: WaitFor,
        logs: Path,
        running: MutableMapping[str, int],
    ) -> None:
        self._binary = binary
        self._spawner = spawner
        self._wait_for = wait_for
        self._logs = logs
        self._running = running
        self._child: Child | None = None
        self._scratch = spawner.scratch("haproxy")
        self.configuration = self._scratch / "haproxy.cfg"
        self._names: tuple[str, ...] = ()
        self._host, self._port = "127.0.0.1", 0

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""
        return self._host, self._port

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://{self._host}:{self._port}"

    @property
    def socket(self) -> Path:
        """Return the Unix socket of its runtime API; its directory is this user's alone."""
        return self._scratch / "admin"

    @property
    def pid(self) -> int:
        """Return the process id, 0 while it is gone."""
        return 0 if self._child is None else self._child.pid

    def configure(
        self, servers: Mapping[str, tuple[str, int]], *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        """Write its configuration: the servers behind it, name → address, and where it listens."""
        self._names, self._host, self._port = tuple(servers), host, port or free_port()
        listed = {name: f"{host}:{port}" for name, (host, port) in servers.items()}
        text = _CONFIGURATION.format(
            socket=self.socket,
            host=self._host,
            port=self._port,
            path=PATH,
            batches=BATCHES,
            others=OTHERS,
            checked=_lines(f"server {name} {address}" for name, address in listed.items()),
            tracking=_lines(
                f"server {name} {address} track {BATCHES}/{name}"
                for name, address in listed.items()
            ),
        )
        self.configuration.write_text(text, encoding="utf-8")

    async def start(self) -> None:
        """Start it unless it runs; returns when it gives requests to every server."""
        if self._child is not None:
            return
        self._logs.mkdir(parents=True, exist_ok=True)
        argv = [str(self._binary), "-db", "-f", str(self.configuration)]
        self._child = self._spawner.spawn("haproxy", argv, log=self._logs / "haproxy.log")
        self._running[PROCESS] = self._child.pid
        for name in self._names:
            await self._until_up(name)

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> int | None:
        """Stop it; return its exit code. Requests that are under way break off."""
        code = None
        if self._child is not None:
            code = self._child.stop(ask_with=how, grace_s=10)
            self._spawner.forget(self._child.pid)
            self._child = None
            self._running.pop(PROCESS, None)
        return code

    def drain(self, name: str) -> None:
        """Give a server no new request."""
        for backend in (BATCHES, OTHERS):
            self._say(f"set server {backend}/{name} state drain")

    async def until_drained(self, name: str) -> None:
        """Return when no request is under way at a server. Raises what waiting raises."""
        await self._wait_for(
            f"no request is under way at {name}",
            lambda: self._under_way(name) == 0,
            timeout_s=DRAIN_TIMEOUT_S,
        )

    async def readmit(self, name: str) -> None:
        """Give a server requests again; returns when its health check says that it takes them."""
        for backend in (BATCHES, OTHERS):
            self._say(f"set server {backend}/{name} state ready")
        await self._until_up(name)

    async def _until_up(self, name: str) -> None:
        def is_up() -> bool:
            if self._child is not None and self._child.exit_code is not None:
                raise NotReady(f"HAProxy ended at once: {self._child.last_words()}")
            with suppress(OSError):
                return all(
                    row["status"].startswith(("UP", "no check"))
                    for row in self._rows(name)
                    if row["pxname"] == BATCHES
                )
            return False

        await self._wait_for(f"HAProxy reaches {name}", is_up, timeout_s=START_TIMEOUT_S)

    def _under_way(self, name: str) -> int:
        return sum(int(row["scur"] or 0) + int(row["qcur"] or 0) for row in self._rows(name))

    def _rows(self, name: str) -> Sequence[Mapping[str, str]]:
        text = self._say("show stat").removeprefix("# ")
        rows = [row for row in csv.DictReader(io.StringIO(text)) if row["svname"] == name]
        if not rows:
            raise NotReady(f"HAProxy knows no server {name}")
        return rows

    def _say(self, command: str) -> str:
        """Send a command of the runtime API; return its answer. Raises OSError."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_TIMEOUT_S)
            connection.connect(str(self.socket))
            connection.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: connection.recv(65_536), b"")).decode()


def _lines(entries: Iterable[str]) -> str:
    return "\n".join(f"    {entry}" for entry in entries)
