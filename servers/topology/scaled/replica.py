"""A streaming replica of our own PostgreSQL: a second cluster that repeats the first one's log.

It is copied from the running primary (``pg_basebackup``) and streams through a slot, so that what
it missed while it was away is still there. *Asynchronously* a commit returns once it is on the
primary's disk; *synchronously* once it is on the replica's too (``synchronous_commit`` stays at
``on``, which waits for the replica's disk and not for its rows to be visible). A replica that is
away lets every synchronous commit wait until it is back.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import signal
from collections.abc import MutableMapping
from pathlib import Path

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from servers.topology.fresh import session
from servers.topology.parts import StackPart
from servers.topology.postgres import OWNER, Postgres, pass_line, succeeds, write_privately
from servers.topology.spawning import Spawner, WaitFor

ASYNCHRONOUS, SYNCHRONOUS = "asynchronous", "synchronous"
PROCESS = "replica"
SLOT = APPLICATION = ROLE = "replica"
"""The slot on the primary, what the replica calls itself there, and the role that it comes as."""
STREAMS_TIMEOUT_S = 30.0

_SYNCHRONOUS = f"ALTER SYSTEM SET synchronous_standby_names = '{APPLICATION}'"
_ROLE = "CREATE ROLE replica LOGIN REPLICATION PASSWORD {password}"
_STREAMS = "SELECT count(*) FROM pg_stat_replication WHERE application_name = %s AND state = %s"


class Replica(Postgres):
    """One replica. It has the primary's roles and passwords, for it is its copy, and writes into
    the same log: each line of either names its process."""

    process = PROCESS

    def __init__(
        self,
        primary: Postgres,
        spawner: Spawner,
        wait_for: WaitFor,
        logs: Path,
        running: MutableMapping[str, int],
    ) -> None:
        """``running`` is where the pids of running processes are noted."""
        super().__init__(spawner, wait_for, logs)
        self._primary = primary
        self._running = running
        self.log = primary.log
        self._pass_files = {role: primary.pass_file(role) for role in self._passwords}

    @property
    def is_promoted(self) -> bool:
        """Return whether it has become a primary."""
        return self._data.exists() and not (self._data / "standby.signal").exists()

    async def start(self) -> None:
        """Copy the primary if that is not done and start; returns when it answers. Raises NotReady
        with its last words."""
        if PROCESS not in self._running:
            await super().start()
            self._running[PROCESS] = self.pid

    def stop(self, *, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends its clients and shuts down cleanly, SIGQUIT is a crash."""
        super().stop(how=how)
        self._running.pop(PROCESS, None)

    async def begin(self, replication: str) -> None:
        """Start it for the first time; returns when it streams, and when every commit of the
        primary waits for it if ``replication`` is ``SYNCHRONOUS``."""
        await self.start()
        with session(self._primary.dsn()) as connection:

            def streams() -> bool:
                row = connection.execute(_STREAMS, (APPLICATION, "streaming")).fetchone()
                return row == (1,)

            await self._wait_for("the replica streams", streams, timeout_s=STREAMS_TIMEOUT_S)
        if replication == SYNCHRONOUS:
            self.wait_for_it()

    def wait_for_it(self) -> None:
        """Let every commit of the primary wait for the replica's disk, from now on."""
        with session(self._primary.dsn()) as connection:
            connection.execute(_SYNCHRONOUS.encode())
            connection.execute("SELECT pg_reload_conf()")

    def either(self, database: str, *, role: str = OWNER) -> str:
        """Return a connection string of whichever of primary and replica takes writes now.

        libpq asks them in this order, so that no one has to tell a client of a promotion.
        """
        one = self._primary.dsn(database, role=role)
        address = str(conninfo_to_dict(one)["host"])
        return make_conninfo(
            one,
            host=f"{address},{address}",
            port=f"{self._primary.port},{self.port}",
            target_session_attrs="read-write",
        )

    def as_part(self) -> StackPart:
        """Return it as a part that a crash ends without a checkpoint, as it does a primary."""
        return StackPart(
            name=PROCESS,
            start_again=self.start,
            end=self.stop,
            crash=signal.SIGQUIT,
            address=("127.0.0.1", self.port),
            running=lambda: self._running.get(PROCESS, 0),
        )

    async def _make_data(self) -> None:
        password = secrets.token_hex(32)
        passwords = self._scratch / "replication.pass"
        write_privately(passwords, pass_line(ROLE, password))
        with session(self._primary.dsn()) as connection:
            connection.execute(sql.SQL(_ROLE).format(password=sql.Literal(password)))
        self._data.mkdir(mode=0o700)
        if self._user:
            for path in (self._data, passwords):
                shutil.chown(path, self._user)
        # No secret is an argument, nor in the file that this writes: both name the password file.
        upstream = make_conninfo(
            host="127.0.0.1",
            port=self._primary.port,
            user=ROLE,
            passfile=str(passwords),
            sslmode="disable",
            gssencmode="disable",
            application_name=APPLICATION,
        )
        argv = [str(self._bin / "pg_basebackup"), "-D", str(self._data), "-d", upstream]
        argv += ["-R", "-X", "stream", "-C", "-S", SLOT, "--checkpoint=fast", "--no-sync"]
        await asyncio.to_thread(succeeds, argv, user=self._user)

    def _finish_data(self) -> None:
        """Nothing is to be set up: what a replica has, its primary has."""
