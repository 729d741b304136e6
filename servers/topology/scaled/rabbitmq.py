"""RabbitMQ between the ingest servers and their workers: a node of its own, on loopback alone.

Its data, cookie and ports are this stack's. Erlang's name service (``epmd``) is a process of ours
too, on a port of its own: a node that finds none would start one that outlives it.
"""

from __future__ import annotations

import http.client
import os
import secrets
import signal
from collections.abc import MutableMapping
from contextlib import closing, suppress
from pathlib import Path

from servers.topology.postgres import free_port, write_privately
from servers.topology.spawning import Child, NotReady, Spawner, WaitFor

PROCESS, NAMES_PROCESS = "rabbitmq", "epmd"
START_TIMEOUT_S = 180.0
"""Six seconds on a quiet machine; Erlang loads much before it answers."""
LOOPBACK = "127.0.0.1"
USER = "ingest"
NODE = "rabbit@localhost"
_TIMEOUT_S = 2.0

_CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
default_user = {user}
default_pass = {password}
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = {metrics_port}
collect_statistics_interval = 500
heartbeat = 10
log.console = true
log.console.level = warning
log.file = false
vm_memory_high_watermark.absolute = 1GiB
disk_free_limit.absolute = 50MB
raft.wal_max_size_bytes = 33554432
"""
_ADVANCED = """\
[{{rabbit, [{{trace_vhosts, [<<"/">>]}}, {{quorum_tick_interval, 500}}]}},
 {{kernel, [{{inet_dist_use_interface, {{127,0,0,1}}}}]}}].
"""
"""Every message is traced: a witness of the harness reads of each that it was published, and how
often it was delivered."""
_ERLANG = (
    *("+W", "w", "+MBas", "ageffcbf", "+MHas", "ageffcbf", "+MBlmbcs", "512", "+MHlmbcs", "512"),
    *("+MMmcs", "30", "+P", "1048576", "+t", "5000000", "+sbwt", "none", "+sbwtdcpu", "none"),
    *("+sbwtdio", "none", "+S", "2:2"),
)
_FLAGS = (
    *("-kernel", "inet_dist_use_interface", "{127,0,0,1}"),
    *("-syslog", "logger", "[]", "-syslog", "syslog_error_logger", "false"),
    *("-kernel", "prevent_overlapping_partitions", "false"),
)


class RabbitMQ:
    """One node. ``running`` is where the pids of running processes are noted."""

    def __init__(
        self,
        home: Path,
        spawner: Spawner,
        wait_for: WaitFor,
        logs: Path,
        running: MutableMapping[str, int],
    ) -> None:
        """``home`` is the folder of RabbitMQ, with ``plugins``; Erlang lies where its package has
        it, beside."""
        self._home = home
        self._erlang = home.parents[2] / "erlang"
        self._spawner = spawner
        self._wait_for = wait_for
        self._logs = logs
        self._running = running
        self._child: Child | None = None
        self._names: Child | None = None
        self._scratch = spawner.scratch("rabbitmq")
        self._password = secrets.token_hex(32)
        self._port = self._metrics_port = self._names_port = self._distribution_port = 0

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""
        return LOOPBACK, self._port

    @property
    def pid(self) -> int:
        """Return the process id, 0 while it is gone."""
        return 0 if self._child is None else self._child.pid

    @property
    def url(self) -> str:
        """Return where it is reached, with its password."""
        return self.url_at(f"{LOOPBACK}:{self._port}")

    @property
    def metrics_url(self) -> str:
        """Return where it shows what it counts."""
        return f"http://{LOOPBACK}:{self._metrics_port}/metrics"

    def url_at(self, address: str) -> str:
        """Return how it is reached through another address, HOST:PORT, with its password."""
        return f"amqp://{USER}:{self._password}@{address}/"

    def has_registered_queues(self) -> bool:
        """Return whether it has quorum queues, and its register on the disk names all their logs.

        It is written some seconds after a queue was declared. A node that is killed before finds
        the queue's log, but not whose it is: it begins another log, which never has a leader, so
        that the queue can be neither read nor written, and what it had confirmed is gone.
        """
        where = self._scratch / "data" / NODE / "quorum" / NODE
        try:
            register = (where / "names.dets").read_bytes()
            logs = [one.name.encode() for one in where.iterdir() if one.is_dir()]
        except OSError:
            return False
        return bool(logs) and all(log in register for log in logs)

    def configure(self) -> None:
        """Write its configuration, with free ports that it keeps."""
        self._port, self._metrics_port = free_port(), free_port()
        self._names_port, self._distribution_port = free_port(), free_port()
        text = _CONFIGURATION.format(
            port=self._port,
            user=USER,
            password=self._password,
            metrics_port=self._metrics_port,
        )
        write_privately(self._scratch / "rabbitmq.conf", text)
        (self._scratch / "advanced.config").write_text(_ADVANCED.format(), encoding="utf-8")
        (self._scratch / "plugins").write_text("[rabbitmq_prometheus].\n", encoding="utf-8")

    async def start(self) -> None:
        """Start it unless it runs; returns when it takes connections and shows its metrics."""
        if self._child is not None:
            return
        self._logs.mkdir(parents=True, exist_ok=True)
        if self._names is None:
            argv = [str(self._binary("epmd")), "-address", LOOPBACK, "-port", str(self._names_port)]
            self._names = self._spawner.spawn(NAMES_PROCESS, argv, log=self._logs / "epmd.log")
            self._running[NAMES_PROCESS] = self._names.pid
        argv = [str(self._binary("erlexec")), "-pa", "", "-noinput", "-s", "rabbit", "boot"]
        argv += ["-boot", "start_sasl", *_ERLANG, *_FLAGS]
        child = self._spawner.spawn(
            PROCESS, argv, log=self._logs / "rabbitmq.log", env=self._environment()
        )
        self._child = child
        self._running[PROCESS] = child.pid

        def answers() -> bool:
            if child.exit_code is not None:
                raise NotReady(f"RabbitMQ ended at once: {child.last_words()}")
            return self._shows_metrics()

        await self._wait_for("RabbitMQ answers", answers, timeout_s=START_TIMEOUT_S)

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> int | None:
        """Stop it; return its exit code. The name service goes on, for its next start."""
        code = None
        if self._child is not None:
            code = self._child.stop(ask_with=how, grace_s=15)
            self._spawner.forget(self._child.pid)
            self._child = None
            self._running.pop(PROCESS, None)
        return code

    def discard(self) -> None:
        """Stop it for good, with the name service."""
        self.stop(how=signal.SIGKILL)  # what is thrown away needs no last write
        if self._names is not None:
            self._names.stop(ask_with=signal.SIGKILL)
            self._spawner.forget(self._names.pid)
            self._names = None
            self._running.pop(NAMES_PROCESS, None)

    def _binary(self, name: str) -> Path:
        found = sorted(self._erlang.glob(f"erts-*/bin/{name}"))
        if not found:
            raise NotReady(f"RabbitMQ needs Erlang, and {self._erlang} has no {name}")
        return found[-1]

    def _environment(self) -> dict[str, str]:
        where = self._scratch
        search = f"{self._erlang / 'bin'}:{os.environ.get('PATH', '')}"
        return {
            "PATH": search,
            "HOME": str(where),  # where Erlang keeps its cookie
            "ROOTDIR": str(self._erlang),
            "BINDIR": str(self._binary("erlexec").parent),
            "EMU": "beam",
            "PROGNAME": "erl",
            "ERL_LIBS": str(self._home / "plugins"),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self._names_port),
            "ERL_MAX_ETS_TABLES": "50000",
            "ERL_MAX_PORTS": "65536",
            "ERL_CRASH_DUMP": "/dev/null",
            "LC_ALL": "C.UTF-8",
            "RABBITMQ_HOME": str(self._home),
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": str(where / "data"),
            "RABBITMQ_LOG_BASE": str(where),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(where / "rabbitmq"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(where / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(where / "plugins"),
            "RABBITMQ_PLUGINS_DIR": str(self._home / "plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(where / "generated"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(where / "feature_flags"),
            "RABBITMQ_PID_FILE": str(where / "pid"),
        }

    def _shows_metrics(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(
                LOOPBACK, self._metrics_port, timeout=_TIMEOUT_S
            )
            with closing(connection):
                connection.request("GET", "/metrics")
                return connection.getresponse().status == 200
        return False
