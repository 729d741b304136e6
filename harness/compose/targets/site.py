"""A described system as a site: started where its file says so, reset, with Toxiproxy before it."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from harness.browsers.evidence import DIRECTORY as EVIDENCE
from harness.core.errors import HarnessError, TargetNotReady
from harness.core.wait import wait_until
from harness.faults.request.recording import RecordingRelay
from harness.process.addresses import LOOPBACK
from harness.process.ports import free_port
from harness.process.processes import Child, Processes
from harness.setup import find_toxiproxy
from harness.target.capabilities import OF_A_STARTED_SERVER, Capability
from harness.target.described.form import ResetTable, StartTable
from harness.target.described.loading import Described
from harness.target.described.masking import mask_files
from harness.target.described.safety import check_host
from harness.target.dialect import HttpRequest
from harness.target.http import client, send
from harness.target.system import System
from harness.target.target import Site, Table
from harness.witnesses.truth.sources import output_of, with_markers
from servers.topology.single import PROXY
from servers.topology.toxiproxy import ToxiproxyServer

PROCESS = "ingest"
"""The name of the target's server in ``harness.process.owners``, and in checks of its memory."""
LOGS = "logs"
_GRACE_S = 10.0


def capabilities_of(system: System) -> frozenset[Capability]:
    """Return what a described system offers, its processes' too where the harness starts it."""
    described = system.described
    is_started = described is not None and described.start is not None
    return system.capabilities | (OF_A_STARTED_SERVER if is_started else frozenset())


class StartedSystem:
    """The process of [start]: a ``Part`` that can be stopped and started again in its place."""

    name = "server"
    servers = 1

    def __init__(
        self, start: StartTable, described: Described, processes: Processes, directory: Path
    ) -> None:
        self.port = free_port()
        self.data = directory / "data"
        self.running: dict[str, int] = {}
        self._start = start
        self._described = described
        self._processes = processes
        self._log = directory / LOGS / "described.log"
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """Return where it listens."""
        return self._described.base_url.replace("{port}", str(self.port))

    @property
    def pid(self) -> int:
        """Return the process id, 0 while it is gone."""
        return self.running.get(PROCESS, 0)

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""
        return LOOPBACK, self.port

    async def start(self) -> None:
        """Start it; returns when it answers. Raises TargetNotReady with its last words."""
        self.data.mkdir(parents=True, exist_ok=True)
        argv = with_markers(self._start.command, data=self.data, port=self.port)
        values = with_markers(self._start.env.values(), data=self.data, port=self.port)
        child = self._processes.spawn(
            PROCESS,
            argv,
            log=self._log,
            env={**self._described.secrets, **dict(zip(self._start.env, values, strict=True))},
            cwd=self._described.file.parent,
        )
        self._child = child
        self.running[PROCESS] = child.pid
        request = HttpRequest(method="GET", path=self._described.base_path + self._start.ready)

        async def answers() -> bool:
            if child.exit_code is not None:
                words = self._described.masked(child.last_words())
                raise TargetNotReady(f"[start] ended with {child.exit_code}: {words}")
            async with client(self._described.authority) as session:
                return 0 < (await send(session, self.url, request)).status < 500

        await wait_until(
            f"the system answers at {self.url}{request.path}",
            answers,
            timeout_s=self._start.within_s,
            interval_s=0.1,
            hint=f"Its output is in {self._log}",
        )

    async def stop(self, *, killed: bool) -> None:
        """End it by SIGKILL or SIGTERM; returns when it is gone."""
        if self._child is not None:
            ask_with = signal.SIGKILL if killed else signal.SIGTERM
            self._child.stop(ask_with=ask_with, grace_s=_GRACE_S)
            self._processes.forget(self._child.pid)
            self.running.pop(PROCESS, None)
            self._child = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Front:
    """Toxiproxy before a system, where there can be one."""

    url: str | None = None
    api: str | None = None


@asynccontextmanager
async def described_site(
    system: System,
    processes: Processes,
    directory: Path,
    *,
    own_host: str = "",
    with_front: bool = True,
    relay: Callable[[str], RecordingRelay] | None = None,
) -> AsyncIterator[Site]:
    """Yield the site of a described system, reset and ready for one run.

    Toxiproxy stands before it where that can be, unless ``with_front`` is false. ``own_host`` is
    the host whose owner the user says to be; ``relay`` makes the one that stands right before the
    system, behind Toxiproxy. What is kept of programs and browsers holds no secret of the
    file when the site is left. Raises HarnessError when the system may not be sent anything, does
    not start, or its reset fails.
    """
    described = system.described
    assert described is not None
    async with AsyncExitStack() as exits:
        # Last of all: when nothing writes there any more.
        for kept in (LOGS, EVIDENCE) if described.secrets else ():
            exits.callback(mask_files, directory / kept, described.mask_of_files)
        started = None
        if described.start is not None:
            started = StartedSystem(described.start, described, processes, directory)
            exits.push_async_callback(started.stop, killed=False)
            await started.start()
        base_url = started.url if started else described.base_url
        check_host(base_url, own_host)
        if described.reset is not None:
            data = started.data if started else None
            await reset(described, described.reset, base_url, data=data)
        before = base_url
        if relay is not None:
            before = (await exits.enter_async_context(relay(base_url))).url
        front = await _front(before, processes, directory, exits) if with_front else _Front()
        yield Site(
            system=system,
            capabilities=capabilities_of(system),
            direct_url=base_url,
            front_url=front.url or (before if relay else None),
            dsn="",
            table=Table(unique=False),
            receipts=directory / "server.ndjson",
            toxiproxy_api=front.api,
            proxy=PROXY if front.api else None,
            processes=started.running if started else {},
            parts={"server": started} if started else {},
            settle_s=described.truth.settle_s,
            data=started.data if started else None,
        )


async def reset(
    described: Described, table: ResetTable, base_url: str, *, data: Path | None = None
) -> None:
    """Empty a system as its file says. Raises HarnessError when that fails."""
    if table.command:
        argv = with_markers(table.command, data=data)
        await output_of(argv, described, timeout_s=table.timeout_s, what="[reset]")
        return
    timeout = aiohttp.ClientTimeout(total=table.timeout_s)
    request = HttpRequest(
        method=table.method,
        path=described.base_path + (table.path or "/"),
        headers=table.headers,
    )
    async with client(described.authority, timeout=timeout) as session:
        reply = await send(session, base_url, request)
    if not 200 <= reply.status < 300:
        raise HarnessError(
            f"[reset] {table.method} {table.path} {reply.in_words(base_url)}",
            hint="A run needs no reset: its ids are new. Leave [reset] out to run without"
            if reply.status
            else "Is the system up?",
        )


async def _front(
    base_url: str, processes: Processes, directory: Path, exits: AsyncExitStack
) -> _Front:
    """Put Toxiproxy before a system that listens on this machine and speaks plain HTTP."""
    parts, binary = urlsplit(base_url), find_toxiproxy()
    if binary is None or parts.scheme != "http" or parts.hostname not in (LOOPBACK, "localhost"):
        return _Front()
    toxiproxy = ToxiproxyServer(binary, processes, wait_until, directory / LOGS)
    exits.callback(toxiproxy.stop)
    await toxiproxy.start()
    return _Front(url=toxiproxy.put_in_front(PROXY, parts.port or 80), api=toxiproxy.api)
