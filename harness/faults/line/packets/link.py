"""Holds a link: starts its process, sends it commands, and runs programs and sockets inside.

async with PacketLink(processes, logs, seed=1) as link:
    processes.spawn("chromium", link.argv([...]), log=...)
    path = PacketPath(link, upstream_port, echo_port)
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from harness.core.errors import HarnessError, MissingPart
from harness.core.wait import wait_until
from harness.faults.line.packets.daemon import SERVER
from harness.faults.line.relay import Relay, Streams
from harness.process.processes import Child, Processes

START_TIMEOUT_S = 30.0
ASK_TIMEOUT_S = 15.0
"""A link answers within a millisecond, unless its machine stands still for seconds; one that does
not answer for longer is broken."""
_LARGEST_REPLY = 65_536


class LinkError(HarnessError):
    """The link died, hung, or refused a command."""


class PacketLink:
    """Two networks and the line between them; an async context manager.

    Raises MissingPart where this machine does not allow user namespaces or TUN devices.
    """

    def __init__(self, processes: Processes, logs: Path, *, seed: int = 1) -> None:
        self._processes = processes
        self._log = logs / "link.log"
        self._seed = seed
        self._child: Child | None = None
        self._control: socket.socket | None = None
        self._relays: list[Relay] = []

    async def __aenter__(self) -> PacketLink:
        door = self._processes.scratch("link") / "door"
        argv = [
            sys.executable,
            "-m",
            "harness.faults.line.packets.daemon",
            str(door),
            str(self._seed),
        ]
        self._child = child = self._processes.spawn("link", argv, log=self._log)

        def is_up() -> bool:
            if child.exit_code is not None:
                raise MissingPart(
                    f"no network of our own can be made here: {child.last_words(1)}",
                    hint="User namespaces and /dev/net/tun are needed; `harness doctor` says more",
                )
            return door.exists()

        try:
            await wait_until("the link is up", is_up, timeout_s=START_TIMEOUT_S)
            self._control = socket.socket(socket.AF_UNIX)
            self._control.settimeout(ASK_TIMEOUT_S)
            self._control.connect(str(door))
            await self._prove()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for relay in self._relays:
            await relay.stop()
        self._relays.clear()
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._child is not None:
            self._child.stop()
            self._processes.forget(self._child.pid)
            self._child = None

    @property
    def pid(self) -> int:
        """Return the process whose network is the clients'."""
        if self._child is None:
            raise LinkError("the link was not started")
        return self._child.pid

    def argv(self, argv: Sequence[str]) -> list[str]:
        """Return a command that runs ``argv`` as a client; it keeps its process id."""
        return [*_enter(self.pid), *argv]

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        """Send a command, return its reply. Raises LinkError when it fails or the link is gone."""
        reply, descriptors = self._ask(do, **more)
        for descriptor in descriptors:
            os.close(descriptor)
        return reply

    def listen(self) -> tuple[socket.socket, int]:
        """Return a socket that listens in the servers' network at ``SERVER``, and its port."""
        reply, descriptors = self._ask("listen")
        return socket.socket(fileno=descriptors[0]), int(reply["port"])

    async def connect(self, host: str, port: int) -> Streams:
        """Connect as a client. Raises OSError like any connect."""
        _, descriptors = self._ask("socket")
        inner = socket.socket(fileno=descriptors[0])
        inner.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(inner, (host, port))
            return await asyncio.open_connection(sock=inner)
        except BaseException:
            inner.close()
            raise

    def datagram_sockets(self) -> tuple[socket.socket, socket.socket, tuple[str, int]]:
        """Return a client's UDP socket, a server's, and the address where the server's is."""
        reply, descriptors = self._ask("datagrams")
        inside, outside = (socket.socket(fileno=one) for one in descriptors)
        return inside, outside, (SERVER, int(reply["port"]))

    async def entrance(self) -> int:
        """Return a loopback port that leads from here to the same port of the clients' loopback.

        So a driver inside that listens on this port can be reached from here.
        """
        listener = socket.create_server(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
        await self.keep(Relay(listener, lambda: self.connect("127.0.0.1", port)))
        return port

    @asynccontextmanager
    async def reach(self, port: int) -> AsyncIterator[int]:
        """Yield a loopback port that leads from here to ``port`` of the clients' loopback."""
        listener = socket.create_server(("127.0.0.1", 0))
        relay = Relay(listener, lambda: self.connect("127.0.0.1", port))
        await self.keep(relay)
        try:
            yield int(listener.getsockname()[1])
        finally:
            await self.drop(relay)

    async def keep(self, relay: Relay) -> None:
        """Start a relay that ends with the link, unless it is dropped before."""
        await relay.start()
        self._relays.append(relay)

    async def drop(self, relay: Relay) -> None:
        """End a relay."""
        await relay.stop()
        with contextlib.suppress(ValueError):
            self._relays.remove(relay)

    async def _prove(self) -> None:
        """Make sure that what clients send crosses the line: another route would test nothing."""
        listener, port = self.listen()
        with listener:
            async with asyncio.timeout(START_TIMEOUT_S):
                _, writer = await self.connect(SERVER, port)
            writer.close()
        if not self.ask("counts")["up"]["seen"]:
            raise LinkError("what clients send does not cross the link")

    def _ask(self, do: str, **more: Any) -> tuple[dict[str, Any], list[int]]:
        if self._control is None:
            raise LinkError("the link was not started")
        try:
            self._control.sendall(json.dumps({"do": do, **more}).encode() + b"\n")
            text, descriptors, _, _ = socket.recv_fds(self._control, _LARGEST_REPLY, 4)
        except OSError as error:
            raise LinkError(f"the link does not answer: {error}") from error
        if not text:
            words = self._child.last_words(1) if self._child else ""
            raise LinkError(f"the link is gone: {words}")
        reply: dict[str, Any] = json.loads(text)
        if "error" in reply:
            raise LinkError(f"the link refused to {do}: {reply['error']}")
        return reply, descriptors


def _enter(pid: int) -> list[str]:
    nsenter = shutil.which("nsenter")
    if nsenter is None:
        raise MissingPart("nsenter is missing", hint="It comes with util-linux")
    return [nsenter, "-t", str(pid), "-U", "-n", "--preserve-credentials", "--"]
