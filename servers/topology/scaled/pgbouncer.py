"""PgBouncer between the ingest servers and PostgreSQL, in transaction mode.

A connection of PostgreSQL is lent for one transaction: nothing that a session keeps (a prepared
statement, a setting) is there for the next. The time that a statement may take is therefore set by
PgBouncer itself, on each connection that it opens.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
from collections.abc import MutableMapping
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg

from servers.topology.postgres import SERVER_ROLE, SYSTEM_USER, Postgres, free_port
from servers.topology.spawning import Child, NotReady, Spawner, WaitFor

PROCESS = "pgbouncer"
START_TIMEOUT_S = 30.0
SERVER_CONNECTIONS_MAX = 80
"""The roadmap's limit is 100, which is also all that PostgreSQL takes by default: what watches it
needs some."""
POOL_SIZE = 20
CONSOLE, CONSOLE_USER = "pgbouncer", "console"
STATEMENT_TIMEOUT_MS = 10_000

_CONFIGURATION = """\
[databases]
* = host=127.0.0.1 port={database_port} connect_query='SET statement_timeout = {timeout_ms}'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
stats_users = {console}
admin_users = {console}
pool_mode = transaction
max_client_conn = 1000
default_pool_size = {pool_size}
max_db_connections = {connections_max}
query_wait_timeout = 10
server_login_retry = 0.5
{user}
"""


class PgBouncer:
    """One PgBouncer. ``running`` is where the pids of running processes are noted."""

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
        # It drops root's rights before it reads who may connect.
        self._user = SYSTEM_USER if os.geteuid() == 0 else ""
        self.scratch = spawner.scratch("pgbouncer", passable=True)
        self.configuration = self.scratch / "pgbouncer.ini"
        self._password = secrets.token_hex(32)
        self._port = 0

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""
        return "127.0.0.1", self._port

    @property
    def pid(self) -> int:
        """Return the process id, 0 while it is gone."""
        return 0 if self._child is None else self._child.pid

    @property
    def console(self) -> str:
        """Return a connection string of its console; the password is in a file of ours alone."""
        return self._dsn(CONSOLE, CONSOLE_USER, self.scratch / "console.pass")

    def configure(self, postgres: Postgres) -> None:
        """Write its configuration: the PostgreSQL behind it, and the one role that it admits."""
        self._port = free_port()
        users = self.scratch / "users"
        words = {SERVER_ROLE: postgres.password(SERVER_ROLE), CONSOLE_USER: self._password}
        _write(users, "".join(f'"{name}" "{word}"\n' for name, word in words.items()), self._user)
        _write(self.scratch / "console.pass", f"*:*:*:{CONSOLE_USER}:{self._password}\n", "")
        text = _CONFIGURATION.format(
            database_port=postgres.port,
            timeout_ms=STATEMENT_TIMEOUT_MS,
            port=self._port,
            users=users,
            console=CONSOLE_USER,
            pool_size=POOL_SIZE,
            connections_max=SERVER_CONNECTIONS_MAX,
            user=f"user = {self._user}" if self._user else "",
        )
        _write(self.configuration, text, self._user)

    def dsn(self, postgres: Postgres, database: str) -> str:
        """Return a connection string of the server's role through it, which holds no secret."""
        return self._dsn(database, SERVER_ROLE, postgres.pass_file(SERVER_ROLE))

    async def start(self) -> None:
        """Start it unless it runs; returns when its console answers."""
        if self._child is not None:
            return
        self._logs.mkdir(parents=True, exist_ok=True)
        argv = [str(self._binary), str(self.configuration)]
        child = self._spawner.spawn("pgbouncer", argv, log=self._logs / "pgbouncer.log")
        self._child = child
        self._running[PROCESS] = child.pid

        def answers() -> bool:
            if child.exit_code is not None:
                raise NotReady(f"PgBouncer ended at once: {child.last_words()}")
            with suppress(psycopg.OperationalError):
                self.command("SHOW VERSION")
                return True
            return False

        await self._wait_for("PgBouncer answers", answers, timeout_s=START_TIMEOUT_S)

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> int | None:
        """Stop it; return its exit code. Transactions that are under way break off."""
        code = None
        if self._child is not None:
            code = self._child.stop(ask_with=how, grace_s=10)
            self._spawner.forget(self._child.pid)
            self._child = None
            self._running.pop(PROCESS, None)
        return code

    def command(self, command: str) -> None:
        """Give its console a command. Raises psycopg.Error."""
        connection = psycopg.connect(
            self.console, autocommit=True, connect_timeout=2, prepare_threshold=None
        )
        with closing(connection):
            connection.execute(command.encode())

    def _dsn(self, database: str, role: str, pass_file: Path) -> str:
        options = f"passfile={quote(str(pass_file), safe='')}"
        options += "&sslmode=disable&gssencmode=disable"
        return f"postgresql://{role}@127.0.0.1:{self._port}/{database}?{options}"


def _write(path: Path, text: str, user: str) -> None:
    """Write a file that one user alone can read: this one, or ``user``."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    if user:
        shutil.chown(path, user)
