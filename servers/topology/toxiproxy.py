"""A Toxiproxy of its own: the real server, one process, its API on a free loopback port."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
from pathlib import Path

from servers.topology.postgres import free_port
from servers.topology.spawning import Child, NotReady, Spawner, WaitFor

START_TIMEOUT_S = 30.0
API_TIMEOUT_S = 15.0


class ToxiproxyServer:
    """The process only; proxies and toxics are made over its API by the faults."""

    def __init__(self, binary: Path, spawner: Spawner, wait_for: WaitFor, logs: Path) -> None:
        self._binary = binary
        self._spawner = spawner
        self._wait_for = wait_for
        self._log = logs / "toxiproxy.log"
        self._child: Child | None = None
        self._port = 0

    @property
    def api(self) -> str:
        """Return the API's URL."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Return the process id."""
        if self._child is None:
            raise NotReady("Toxiproxy was not started")
        return self._child.pid

    async def start(self) -> None:
        """Start it; returns when the API answers."""
        self._port = free_port()
        argv = [str(self._binary), "-host", "127.0.0.1", "-port", str(self._port)]
        self._child = self._spawner.spawn("toxiproxy", argv, log=self._log)
        await self._wait_for("Toxiproxy's API answers", self._answers, timeout_s=START_TIMEOUT_S)

    def put_in_front(self, name: str, upstream_port: int) -> str:
        """Make a proxy in front of a loopback port; return the URL that goes through it."""
        proxy = {"name": name, "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{upstream_port}"}
        status, body = self._ask("POST", "/proxies", json.dumps(proxy))
        if status != 201:
            raise NotReady(f"Toxiproxy refused the proxy {name}: {status} {body[:200]!r}")
        return f"http://{json.loads(body)['listen']}"

    def stop(self) -> None:
        """Stop it; open connections end."""
        if self._child is not None:
            self._child.stop(ask_with=signal.SIGTERM)
            self._spawner.forget(self._child.pid)
            self._child = None

    def _answers(self) -> bool:
        if self._child is not None and self._child.exit_code is not None:
            raise NotReady(f"Toxiproxy ended at once: {self._child.last_words()}")
        with contextlib.suppress(OSError):
            return self._ask("GET", "/version")[0] == 200
        return False

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=API_TIMEOUT_S)
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
