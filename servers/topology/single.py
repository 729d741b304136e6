"""The stack: PostgreSQL, the ingest server, Toxiproxy in front of it, what else is asked for.

Everything listens on loopback only. A part that is restarted keeps its port: the origin is the
identity of a browser's queue.
"""

from __future__ import annotations

import contextlib
import secrets
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType
from urllib.parse import urlsplit

import psycopg

from servers.topology import fresh
from servers.topology.ingest import ServerCommand
from servers.topology.monitoring import Monitoring, MonitoringOptions
from servers.topology.parts import StackPart
from servers.topology.postgres import GRANTS_IN_A_DATABASE, SERVER_ROLE, Postgres
from servers.topology.redis import RedisServer
from servers.topology.scaled.engines import DatabaseEngines
from servers.topology.scaled.options import ONE_SERVER, TopologyOptions
from servers.topology.scaled.queue import MessageQueue
from servers.topology.scaled.servers import BalancedServer, Servers
from servers.topology.spawning import NotReady, Spawner, WaitFor
from servers.topology.toxiproxy import ToxiproxyServer
from servers.topology.workers import NO_WORKERS, PoolWorkerPart, WorkerOptions

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
    or None. ``workers`` carry out the jobs of a server that orders new artworks. ``topology``
    is what makes it larger. ``server_env`` is added to the server's environment.
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
    topology: TopologyOptions = ONE_SERVER
    host: str = LOOPBACK
    port: int = 0
    keep: bool = False
    server_env: Mapping[str, str] = field(default_factory=dict, repr=False)


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
        self._servers: Servers | None = None
        self.queue: MessageQueue | None = None
        self._database = ""
        self._running: dict[str, int] = {}
        make = (spawner, wait_for, self._logs, self._running)
        self.engines = DatabaseEngines(options.topology, *make)
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
                await self._start_broker()
                await self.start_server()
                await self._start_workers()
            with self._phase("proxy start"):
                await self._start_proxy()
                await self._start_queue_workers()
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
        """Return the ingest server's own URL, or the balancer's."""
        return self._ingest.url

    @property
    def server_urls(self) -> tuple[str, ...]:
        """Return the own URL of each ingest server."""
        return self._ingest.urls

    @property
    def balancer_socket(self) -> Path | None:
        """Return the socket of HAProxy's runtime API, or None without it."""
        balancer = self._servers.balancer if self._servers else None
        return balancer.socket if balancer else None

    @property
    def pooler_console(self) -> str:
        """Return a connection string of PgBouncer's console, empty without it."""
        return self.engines.pooler.console if self.engines.pooler else ""

    @property
    def replica_dsn(self) -> str:
        """Return a connection string of the replica alone, empty without it."""
        return self.engines.replica.dsn(self._database) if self.engines.replica else ""

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
    def parts(self) -> Mapping[str, StackPart | BalancedServer]:
        """Return what can be stopped and started again in its place: a database only if ours."""
        found: dict[str, StackPart | BalancedServer] = dict(self._ingest.parts)
        found |= self.queue.parts if self.queue else {}
        found |= self.engines.parts
        if self._postgres is not None:
            found["database"] = StackPart(
                name="database",
                start_again=self.start_postgres,
                end=self.stop_postgres,
                crash=signal.SIGQUIT,
                address=("127.0.0.1", self._postgres.port),
                running=lambda: self._running.get("postgres", 0),
            )
        return found

    @property
    def database_log(self) -> Path | None:
        """Return the log of our own PostgreSQL, each line with its SQLSTATE; None if not ours."""
        return self._postgres.log if self._postgres is not None else None

    @property
    def _ingest(self) -> Servers:
        if self._servers is None:
            raise NotReady("the ingest server was not started")
        return self._servers

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
        listens. Where there are several, all of them, and the balancer.
        """
        if self._servers is not None:
            await self._servers.start_servers()
            return
        self._logs.mkdir(parents=True, exist_ok=True)
        options = self._options
        arguments = [*options.server_arguments]
        arguments += ["--redis", self._redis.address] if self._redis else []
        arguments += self.engines.server_arguments
        arguments += self.queue.server_arguments if self.queue else []
        arguments += ["--receipts", str(self.receipts)]
        arguments += ["--seed", str(options.seed), "--pool", str(options.pool)]
        # Not as arguments: everybody can read those.
        env = {"INGEST_SESSION_SECRET": self._secret, "INGEST_DATABASE": self._server_dsn}
        env |= self.queue.server_env if self.queue else {}
        command = ServerCommand(
            module=options.server_module,
            arguments=arguments,
            env={**env, **self.engines.server_env, **options.server_env},
            host=options.host,
            port=options.port,
        )
        make = (self._spawner, self._wait_for, self._logs, self._running)
        self._servers = Servers(command, options.topology, *make)
        await self._servers.start()

    def stop_server(self, *, how: signal.Signals = signal.SIGTERM) -> int | None:
        """Stop the ingest server: SIGTERM drains it, SIGKILL is a crash; return its exit code."""
        return self._servers.stop_servers(how=how) if self._servers else None

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
            if self._servers:
                self._servers.stop()
            if self.queue:
                self.queue.stop()
            if self.engines.pooler:
                self.engines.pooler.stop()
            if self._redis:
                self._redis.stop()
                self._redis = None
                self._running.pop("redis", None)
        with self._phase("database stop"):
            self._stop_database()

    def _stop_database(self) -> None:
        self.engines.stop_shards()
        if self._postgres:
            # What is thrown away needs no last checkpoint.
            how = signal.SIGINT if self._options.keep else signal.SIGQUIT
            self.stop_postgres(how=how)
            newest, replica = self._postgres, self.engines.replica
            if replica:
                replica.stop(how=how)
                newest = replica if replica.is_promoted else newest
            if self._options.keep:
                newest.keep_a_copy(self._logs.parent / KEPT_CLUSTER)
            for cluster in filter(None, (replica, self._postgres)):
                cluster.discard()
            self._postgres = self.engines.replica = None
        elif self._database and not self._options.keep:
            with fresh.session(self._options.database_url or "") as connection:
                fresh.drop_database(connection, self._database)
        self._database = ""

    async def _start_database(self) -> None:
        url = self._options.database_url
        if self._options.topology.shards:
            await self._start_toxiproxy()
            self.dsn = await self.engines.start_shards(url, self._options.pool, self._front)
            return
        if url is None:
            self._postgres = Postgres(self._spawner, self._wait_for, self._logs)
            await self.start_postgres()
            url = self._postgres.dsn()
        name = f"impressions_{secrets.token_hex(6)}"
        try:
            with fresh.session(url) as connection:
                fresh.drop_orphans(connection, self._spawner.is_orphan)
                fresh.make_database(connection, name, owner=SERVER_ROLE if self._postgres else "")
                self._database = name
                if not self._options.keep:
                    fresh.mark_as_ours(connection, name, self._spawner.tag)
        except psycopg.Error as error:
            reason = " ".join(str(error).split())
            raise NotReady(f"cannot use the database: {reason}") from error
        self.dsn = self._server_dsn = fresh.with_database(url, name)
        if self._postgres:
            self._server_dsn = self._postgres.dsn(name, role=SERVER_ROLE)
            with fresh.session(self.dsn) as connection:
                connection.execute(GRANTS_IN_A_DATABASE)
        around = await self.engines.start(self._postgres, name)
        self.dsn, self._server_dsn = around or (self.dsn, self._server_dsn)
        # Who may not, or whose PostgreSQL lacks it, sees one figure less: what the insert costs.
        with contextlib.suppress(psycopg.Error), fresh.session(self.dsn) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    async def _start_redis(self) -> None:
        if self._options.redis is not None:
            self._redis = RedisServer(
                self._options.redis, self._spawner, self._wait_for, self._logs
            )
            await self._redis.start()
            self._running["redis"] = self._redis.pid

    async def _start_broker(self) -> None:
        options, topology = self._options.topology.queue, self._options.topology
        if options is not None:
            if topology.shards:
                raise NotReady("workers store into one PostgreSQL")
            make = (self._spawner, self._wait_for, self._logs, self._running)
            self.queue = MessageQueue(options, *make)
            await self.queue.start_broker()

    async def _start_queue_workers(self) -> None:
        if self.queue is not None:
            arguments = ["--transaction-pooling"] if self._options.topology.pgbouncer else []
            await self.queue.start_workers(
                self._server_dsn, self.receipts, self._toxiproxy, arguments
            )

    async def _start_workers(self) -> None:
        options, dsn = self._options.workers, self._server_dsn
        make = (self._spawner, self._wait_for, self._logs, self._running)
        self.workers = tuple(PoolWorkerPart(n, options, dsn, *make) for n in options.numbers)
        for worker in self.workers:
            await worker.start()

    async def _start_proxy(self) -> None:
        await self._start_toxiproxy()
        if self._toxiproxy is not None:
            self.front_url = self._toxiproxy.put_in_front(PROXY, self._ingest.address[1])

    async def _start_toxiproxy(self) -> None:
        binary = self._options.toxiproxy
        if binary is not None and self._options.host == LOOPBACK and self._toxiproxy is None:
            self._toxiproxy = ToxiproxyServer(binary, self._spawner, self._wait_for, self._logs)
            await self._toxiproxy.start()
            self._running["toxiproxy"] = self._toxiproxy.pid

    def _front(self, name: str, port: int) -> int:
        """Put a proxy before a part, if there is a Toxiproxy; return where it is reached."""
        if self._toxiproxy is None:
            return port
        return urlsplit(self._toxiproxy.put_in_front(name, port)).port or port

    async def _start_monitoring(self, options: MonitoringOptions) -> None:
        directory = self._logs.parent / "monitoring"
        self._monitoring = Monitoring(options, self._spawner, self._wait_for, directory)
        shown = [worker.metrics for worker in self.workers if worker.metrics]
        await self._monitoring.start(f"{self._options.host}:{self._ingest.address[1]}", shown)
        self._running |= self._monitoring.processes
