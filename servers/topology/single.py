"""The stack: PostgreSQL, the ingest server, and Toxiproxy in front of it, on free loopback ports;
and a Redis where the server is to use one.

Everything listens on loopback only. A part that is restarted keeps its port: the origin is the
identity of a browser's queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import re
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType

import psycopg
from psycopg import sql

from servers.topology.fresh import drop_database, make_database, session
from servers.topology.monitoring import Monitoring, MonitoringOptions
from servers.topology.postgres import GRANTS_IN_A_DATABASE, SERVER_ROLE, Postgres
from servers.topology.redis import RedisServer
from servers.topology.spawning import Child, NotReady, Spawner, WaitFor
from servers.topology.toxiproxy import ToxiproxyServer
from servers.topology.workers import NO_WORKERS, PoolWorkerPart, WorkerOptions

START_TIMEOUT_S = 60.0
PROXY = "front"
LOOPBACK = "127.0.0.1"
KEPT_CLUSTER = "postgres"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """What to start.

    ``server_arguments`` go to the server's module before the ordinary ones.
    ``database_url``: an existing PostgreSQL, in which a fresh database is made and dropped at the
    end; None starts one of our own. ``keep``: do not drop it, and copy our own into the
    directory. ``toxiproxy``, ``redis``: the binary, or None for no proxy, no Redis. ``host``,
    ``port``: where the ingest server listens, 0 for a free port; there is no proxy before one that
    listens elsewhere than on this machine's own 127.0.0.1. ``monitoring``: what watches the server,
    or None. ``workers`` carry out the jobs of a server that orders new artworks.
    """

    server_module: str = "servers.ingest"
    server_arguments: tuple[str, ...] = ()
    pool: int = 200
    seed: int = 1
    database_url: str | None = None
    toxiproxy: Path | None = None
    redis: Path | None = None
    monitoring: MonitoringOptions | None = None
    workers: WorkerOptions = NO_WORKERS
    host: str = LOOPBACK
    port: int = 0
    keep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPart:
    """A part that can be stopped and started again in its place: how, and where it listens.

    ``crash`` is the signal at which it dies without finishing anything.
    """

    name: str
    start_again: Callable[[], Awaitable[None]]
    end: Callable[..., object]
    crash: signal.Signals
    address: tuple[str, int]

    async def stop(self, *, killed: bool) -> None:
        """End it, in the middle of everything or as an operator would; returns when it is gone."""
        how = {"how": self.crash} if killed else {}
        await asyncio.to_thread(self.end, **how)

    async def start(self) -> None:
        """Start it where it was; returns when it is ready."""
        await self.start_again()


def _unnoticed(name: str) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext()


class Stack:
    """Starts the parts in order, stops them in reverse; an async context manager."""

    def __init__(
        self,
        options: StackOptions,
        spawner: Spawner,
        wait_for: WaitFor,
        directory: Path,
        *,
        phase: Callable[[str], contextlib.AbstractContextManager[None]] = _unnoticed,
    ) -> None:
        """``phase`` returns the context in which a part is started or stopped, by its name."""
        self._phase = phase
        self._options = options
        self._spawner = spawner
        self._wait_for = wait_for
        self._logs = directory / "logs"
        self._secret = secrets.token_hex(16)
        self._postgres: Postgres | None = None
        self._toxiproxy: ToxiproxyServer | None = None
        self._redis: RedisServer | None = None
        self._monitoring: Monitoring | None = None
        self._server: Child | None = None
        self._server_port = options.port
        self._database = ""
        self._running: dict[str, int] = {}
        self.workers: tuple[PoolWorkerPart, ...] = ()
        self.receipts = directory / "server.ndjson"
        self.dsn = ""
        self._server_dsn = ""
        self.front_url: str | None = None

    async def __aenter__(self) -> Stack:
        try:
            with self._phase("database start"):
                await self._start_database()
            with self._phase("server start"):
                await self._start_redis()
                await self.start_server()
                await self._start_workers()
            with self._phase("proxy start"):
                await self._start_proxy()
            if self._options.monitoring is not None:
                with self._phase("monitoring start"):
                    await self._start_monitoring(self._options.monitoring)
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def direct_url(self) -> str:
        """Return the ingest server's own URL."""
        return f"http://{self._options.host}:{self._server_port}"

    @property
    def metrics_url(self) -> str:
        """Return where the ingest server shows its metrics."""
        return f"{self.direct_url}/metrics"

    @property
    def toxiproxy_api(self) -> str | None:
        """Return the URL of Toxiproxy's API, or None without Toxiproxy."""
        return self._toxiproxy.api if self._toxiproxy else None

    @property
    def monitoring(self) -> Monitoring | None:
        """Return what watches the server, or None."""
        return self._monitoring

    @property
    def processes(self) -> Mapping[str, int]:
        """Return part → process id of the parts that were started by us; a view that stays true."""
        return MappingProxyType(self._running)

    @property
    def parts(self) -> Mapping[str, StackPart]:
        """Return what can be stopped and started again in its place: a database only if ours."""
        found = {
            "server": StackPart(
                name="server",
                start_again=self.start_server,
                end=self.stop_server,
                crash=signal.SIGKILL,
                address=self._address,
            )
        }
        if self._postgres is not None:
            found["database"] = StackPart(
                name="database",
                start_again=self.start_postgres,
                end=self.stop_postgres,
                crash=signal.SIGQUIT,
                address=("127.0.0.1", self._postgres.port),
            )
        return found

    @property
    def database_log(self) -> Path | None:
        """Return the log of our own PostgreSQL, each line with its SQLSTATE; None if not ours."""
        return self._postgres.log if self._postgres is not None else None

    @property
    def _address(self) -> tuple[str, int]:
        return self._options.host, self._server_port

    async def start_postgres(self) -> None:
        """Start PostgreSQL again, with the data and on the port that it had."""
        if self._postgres is not None and "postgres" not in self._running:
            await self._postgres.start()
            self._running["postgres"] = self._postgres.pid

    def stop_postgres(self, *, how: signal.Signals = signal.SIGINT) -> None:
        """Stop PostgreSQL: SIGINT ends its clients and shuts down cleanly, SIGQUIT is a crash."""
        if self._postgres is not None:
            self._running.pop("postgres", None)
            self._postgres.stop(how=how)

    async def start_server(self) -> None:
        """Start the ingest server unless it runs, on the port it had before if any; returns when it
        listens.
        """
        if self._server is not None:
            return
        ready_file = self._logs / "ingest-ready.json"
        self._logs.mkdir(parents=True, exist_ok=True)
        ready_file.unlink(missing_ok=True)
        argv = [sys.executable, "-m", self._options.server_module]
        argv += self._options.server_arguments
        argv += ["--redis", self._redis.address] if self._redis else []
        argv += ["--host", self._options.host, "--port", str(self._server_port)]
        argv += ["--ready-file", str(ready_file), "--receipts", str(self.receipts)]
        argv += ["--seed", str(self._options.seed), "--pool", str(self._options.pool)]
        self._server = self._spawner.spawn(
            "ingest",
            argv,
            log=self._logs / "ingest.log",
            # Not as arguments: everybody can read those.
            env={"INGEST_SESSION_SECRET": self._secret, "INGEST_DATABASE": self._server_dsn},
        )
        server = self._server
        self._running["ingest"] = server.pid

        def is_ready() -> bool:
            if server.exit_code is not None:
                raise NotReady(f"the ingest server ended at once: {server.last_words()}")
            return ready_file.exists() and _answers_200(
                self._options.host, self._listening_port(ready_file)
            )

        await self._wait_for("the ingest server is ready", is_ready, timeout_s=START_TIMEOUT_S)

    def stop_server(self, *, how: signal.Signals = signal.SIGTERM) -> int | None:
        """Stop the ingest server: SIGTERM drains it, SIGKILL is a crash; return its exit code."""
        code = None
        if self._server is not None:
            code = self._server.stop(ask_with=how, grace_s=10)
            self._spawner.forget(self._server.pid)
            self._server = None
            self._running.pop("ingest", None)
        return code

    async def stop(self) -> None:
        """Stop what was started, in reverse order; safe to call twice."""
        if self._monitoring:
            with self._phase("monitoring stop"):
                self._monitoring.stop()
                self._monitoring = None
                for name in ("prometheus", "alertmanager"):
                    self._running.pop(name, None)
        with self._phase("proxy stop"):
            if self._toxiproxy:
                self._toxiproxy.stop()
                self._toxiproxy = None
                self._running.pop("toxiproxy", None)
        with self._phase("server stop"):
            for worker in self.workers:
                worker.stop()
            self.stop_server()
            if self._redis:
                self._redis.stop()
                self._redis = None
                self._running.pop("redis", None)
        with self._phase("database stop"):
            self._stop_database()

    def _stop_database(self) -> None:
        if self._postgres:
            # What is thrown away needs no last checkpoint.
            self.stop_postgres(how=signal.SIGINT if self._options.keep else signal.SIGQUIT)
            if self._options.keep:
                self._postgres.keep_a_copy(self._logs.parent / KEPT_CLUSTER)
            self._postgres.discard()
            self._postgres = None
        elif self._database and not self._options.keep:
            with session(self._options.database_url or "") as connection:
                drop_database(connection, self._database)
        self._database = ""

    async def _start_database(self) -> None:
        url = self._options.database_url
        if url is None:
            self._postgres = Postgres(self._spawner, self._wait_for, self._logs)
            await self.start_postgres()
            url = self._postgres.dsn()
        name = f"impressions_{secrets.token_hex(6)}"
        try:
            with session(url) as connection:
                self._drop_orphans(connection)
                make_database(connection, name, owner=SERVER_ROLE if self._postgres else "")
                self._database = name
                if not self._options.keep:
                    _on_database(connection, f"COMMENT ON DATABASE {{}} IS '{self._mark()}'", name)
        except psycopg.Error as error:
            reason = " ".join(str(error).split())
            raise NotReady(f"cannot use the database: {reason}") from error
        self.dsn = self._server_dsn = _with_database(url, name)
        if self._postgres:
            self._server_dsn = self._postgres.dsn(name, role=SERVER_ROLE)
            with session(self.dsn) as connection:
                connection.execute(GRANTS_IN_A_DATABASE)
        # Who may not, or whose PostgreSQL lacks it, sees one figure less: what the insert costs.
        with contextlib.suppress(psycopg.Error), session(self.dsn) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def _mark(self, tag: str = "") -> str:
        """Return the comment by which a database is known as ours while we live."""
        host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())
        return f"impression-harness@{host}:{tag or self._spawner.tag}"

    def _drop_orphans(self, connection: psycopg.Connection) -> None:
        """Drop the databases that a killed harness of this host left in a PostgreSQL not ours."""
        query = "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
        for name, comment in connection.execute(query).fetchall():
            owner = str(comment or "").rpartition(":")[2]
            ours = name.startswith("impressions_") and comment == self._mark(owner)
            if ours and self._spawner.is_orphan(owner):
                drop_database(connection, name)

    async def _start_redis(self) -> None:
        if self._options.redis is not None:
            self._redis = RedisServer(
                self._options.redis, self._spawner, self._wait_for, self._logs
            )
            await self._redis.start()
            self._running["redis"] = self._redis.pid

    async def _start_workers(self) -> None:
        options, dsn = self._options.workers, self._server_dsn
        make = (self._spawner, self._wait_for, self._logs, self._running)
        self.workers = tuple(PoolWorkerPart(n, options, dsn, *make) for n in options.numbers)
        for worker in self.workers:
            await worker.start()

    async def _start_proxy(self) -> None:
        if self._options.toxiproxy is not None and self._options.host == LOOPBACK:
            self._toxiproxy = ToxiproxyServer(
                self._options.toxiproxy, self._spawner, self._wait_for, self._logs
            )
            await self._toxiproxy.start()
            self._running["toxiproxy"] = self._toxiproxy.pid
            self.front_url = self._toxiproxy.put_in_front(PROXY, self._server_port)

    async def _start_monitoring(self, options: MonitoringOptions) -> None:
        directory = self._logs.parent / "monitoring"
        self._monitoring = Monitoring(options, self._spawner, self._wait_for, directory)
        shown = [worker.metrics for worker in self.workers if worker.metrics]
        await self._monitoring.start(f"{self._options.host}:{self._server_port}", shown)
        self._running |= self._monitoring.processes

    def _listening_port(self, ready_file: Path) -> int:
        self._server_port = int(json.loads(ready_file.read_text())["port"])
        return self._server_port


def _answers_200(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    with contextlib.closing(connection), contextlib.suppress(OSError):
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    return False


def _on_database(connection: psycopg.Connection, statement: str, name: str) -> None:
    connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _with_database(url: str, name: str) -> str:
    return psycopg.conninfo.make_conninfo(url, dbname=name)
