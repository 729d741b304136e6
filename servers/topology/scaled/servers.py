"""The ingest servers of a stack: one, or several behind HAProxy, one server to everybody else."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from servers.topology.ingest import PROCESS, IngestServer, ServerCommand
from servers.topology.parts import StackPart, part_of
from servers.topology.scaled.haproxy import HAProxy
from servers.topology.scaled.options import TopologyOptions
from servers.topology.spawning import Spawner, WaitFor

SERVER, BALANCER = "server", "balancer"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancedServer:
    """One of several servers: it is taken out of the balancer before it is stopped, and put back
    when it is there again."""

    name: str
    server: IngestServer
    balancer: HAProxy
    servers: int = 1

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""
        return self.server.address

    @property
    def pid(self) -> int:
        """Return the process id, 0 while it is gone."""
        return self.server.pid

    async def stop(self, *, killed: bool) -> None:
        """End it: in the middle of everything, or when no request is under way there any more."""
        if not killed and self.balancer.pid:
            await asyncio.to_thread(self.balancer.drain, self.server.name)
            await self.balancer.until_drained(self.server.name)
        how = signal.SIGKILL if killed else signal.SIGTERM
        await asyncio.to_thread(self.server.stop, how=how)

    async def start(self) -> None:
        """Start it where it was; returns when the balancer gives it requests."""
        await self.server.start()
        if self.balancer.pid:
            await self.balancer.readmit(self.server.name)


class Servers:
    """As many servers as the options say; several need the binary of HAProxy."""

    def __init__(
        self,
        command: ServerCommand,
        options: TopologyOptions,
        spawner: Spawner,
        wait_for: WaitFor,
        logs: Path,
        running: MutableMapping[str, int],
    ) -> None:
        make = (spawner, wait_for, logs, running)
        self._command = command
        self.balancer: HAProxy | None = None
        if options.servers == 1:
            self._servers: Sequence[IngestServer] = [IngestServer(PROCESS, command, *make)]
            return
        if options.haproxy is None:
            raise ValueError("several servers need a balancer")
        behind = replace(command, host=LOOPBACK, port=0)
        numbers = range(1, options.servers + 1)
        self._servers = [IngestServer(f"{PROCESS}-{n}", behind, *make) for n in numbers]
        self.balancer = HAProxy(options.haproxy, *make)

    @property
    def url(self) -> str:
        """Return where requests go: to the one server, or to the balancer."""
        return self._front.url

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port of where requests go."""
        return self._front.address

    @property
    def urls(self) -> tuple[str, ...]:
        """Return each server's own URL."""
        return tuple(server.url for server in self._servers)

    @property
    def parts(self) -> Mapping[str, StackPart | BalancedServer]:
        """Return what can be stopped and started again: all servers together and, where there are
        several, each of them, and the balancer."""
        found: dict[str, StackPart | BalancedServer] = {
            SERVER: StackPart(
                name=SERVER,
                start_again=self.start_servers,
                end=self.stop_servers,
                crash=signal.SIGKILL,
                address=self._servers[0].address,
                running=lambda: self._servers[0].pid,
                servers=len(self._servers),
            )
        }
        if self.balancer is not None:
            for number, server in enumerate(self._servers, 1):
                name = f"{SERVER}-{number}"
                found[name] = BalancedServer(name=name, server=server, balancer=self.balancer)
            found[BALANCER] = part_of(BALANCER, self.balancer)
        return found

    async def start(self) -> None:
        """Start all of it; returns when requests are answered."""
        await self.start_servers()
        if self.balancer is not None:
            self.balancer.configure(
                {server.name: server.address for server in self._servers},
                host=self._command.host,
                port=self._command.port,
            )
            await self.balancer.start()

    async def start_servers(self) -> None:
        """Start the servers that do not run; returns when each listens, and takes requests."""
        for server in self._servers:
            await server.start()
            if self.balancer is not None and self.balancer.pid:
                await self.balancer.readmit(server.name)

    def stop_servers(self, *, how: signal.Signals = signal.SIGTERM) -> int | None:
        """Stop every server: SIGTERM drains it, SIGKILL is a crash; return an exit code that is not
        0 if there is one."""
        codes = [server.stop(how=how) for server in self._servers]
        return next((code for code in codes if code), codes[0])

    def stop(self) -> None:
        """Stop all of it."""
        if self.balancer is not None:
            self.balancer.stop()
        self.stop_servers()

    @property
    def _front(self) -> IngestServer | HAProxy:
        return self.balancer or self._servers[0]
