"""The target: what is tried, where its parts are, and how a file describes it.

A *target file* says what to start or where to look; a *site* is a target that is up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from harness.core.errors import UsageError
from harness.core.toml import place_of, shown
from harness.target.capabilities import Capability
from harness.target.described.file import (
    REFERENCE,
    REFERENCE_SERVER,
    DatabaseTable,
    ServerTable,
    TargetFile,
    read_target_file,
)
from harness.target.system import FILE_PREFIX, System, system_named

SERVER_FACTORS = {
    "improvement": "--improvement",
    "combine": "--max-combine-ids",
    "freshness_cache": "--freshness-cache",
    "freshness_ttl": "--freshness-ttl",
}
"""Factors of an arm that are options of the reference server, each with its option."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Where impressions are stored: a table and its columns, plain identifiers.

    ``unique``: it promises a unique index on exactly the user and the artwork.
    """

    name: str = "user_art_impressions"
    user_column: str = "user_id"
    artwork_column: str = "artwork_id"
    viewed_column: str = "viewed_at"
    unique: bool = True

    def __post_init__(self) -> None:
        for name in (self.name, self.user_column, self.artwork_column, self.viewed_column):
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?", name):
                raise UsageError(f"{shown(name)} is not a plain SQL identifier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What to start: the server's module with arguments of its own before the ordinary ones, and a
    PostgreSQL URL or None for one of our own.

    ``system`` names how it is spoken to (``harness.target.system``). ``targets`` is the file with
    what a load must hold; empty: the harness's own. ``file`` is the target file as it was named,
    empty without one.
    ``browsers`` are those that run elsewhere, name → address; both the database's URL and these
    may hold a password and are never written down. ``own_host`` is the host of another machine
    whose owner the user says to be: without it nothing is sent there.
    """

    name: str = "reference"
    system: str = REFERENCE
    server_module: str = REFERENCE_SERVER
    server_arguments: tuple[str, ...] = ()
    pool: int = 200
    database_url: str | None = None
    table: Table = field(default_factory=Table)
    browsers: Mapping[str, str] = field(default_factory=dict)
    targets: str = ""
    file: str = ""
    own_host: str = ""


class Part(Protocol):
    """A part of a site that can be stopped and started again in its place.

    ``name`` is ``server`` or ``database``, or what else a topology has; ``address`` is where it
    listens.
    """

    @property
    def name(self) -> str:
        """Return what it is."""

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""

    @property
    def pid(self) -> int:
        """Return the process id, 0 while it is gone."""

    @property
    def servers(self) -> int:
        """Return how many servers of the target end with it, each with receipts of its own."""

    async def stop(self, *, killed: bool) -> None:
        """End it, in the middle of everything or as an operator would; returns when it is gone."""

    async def start(self) -> None:
        """Start it where it was; returns when it is ready."""


class PoolWorkerProcess(Protocol):
    """A process of a site that answers no requests; ``pid`` is 0 while it is gone."""

    @property
    def name(self) -> str:
        """Return its name."""

    @property
    def pid(self) -> int:
        """Return its process id."""

    async def kill(self) -> None:
        """End it in the middle of everything; returns when it is gone."""

    async def start(self) -> None:
        """Start it unless it runs; returns when it works."""


@dataclass(frozen=True, slots=True)
class AdminKeys:
    """What an admin signs in with, and a session of an admin whose role has ended."""

    secret: str = field(repr=False)
    expired_session: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAccess:
    """A message queue between server and database. ``url`` reaches the broker, with its password;
    ``metrics_url`` shows what it counts. ``workers`` are the processes that store; the
    first that comes by ``halt_file``, if that is there, stands still between COMMIT and
    acknowledgement. ``proxy`` is Toxiproxy's between them and the broker."""

    url: str = field(repr=False)
    metrics_url: str
    workers: Sequence[PoolWorkerProcess]
    halt_file: Path
    proxy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardedSite:
    """The databases over which users are spread: ``dsns`` of all of them, of which the first
    ``count`` own something at the beginning. ``mover`` is the command that moves buckets. The
    servers read in the file ``served`` which there are; ``every`` is the same with all of them.
    """

    dsns: tuple[str, ...]
    count: int
    mover: tuple[str, ...]
    served: Path
    every: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A target that is up.

    ``system`` says how it is spoken to, ``capabilities`` what it offers as it was started.
    ``direct_url`` goes straight to the server; ``front_url`` through Toxiproxy, whose API is
    ``toxiproxy_api`` and whose proxy is ``proxy`` (both None where there is no Toxiproxy).
    ``processes`` maps names to process ids, as they are now; ``parts`` are what can be restarted.
    ``database_log`` is what PostgreSQL itself writes, where it is ours; ``dsn`` is empty where
    nothing may be asked over SQL. ``settle_s`` is how long a view that was acknowledged may take to
    be stored. ``alert_apis`` are the URLs of Prometheus' API and of Alertmanager's, if they watch.
    ``data`` is the folder of a described system that the harness started. ``workers`` carry out the
    jobs of a reference system that orders new artworks. ``server_urls`` are those of each server
    behind ``direct_url``, none where it is the server itself; ``balancer_socket`` is HAProxy's
    runtime API, ``pooler_console`` the connection string of PgBouncer's console and ``replica_dsn``
    that of the database on a replica, where there are such parts; ``dsn`` is then that of whichever
    takes writes, so that what is stored is never read from a replica. ``queue`` is what takes
    batches before they are stored. ``admin`` is what opens the dashboard of a reference system
    that has one. ``shards``: where what is stored lies in several databases, of which ``dsn`` is
    the first.
    """

    system: System
    capabilities: frozenset[Capability]
    direct_url: str
    front_url: str | None
    dsn: str
    table: Table
    receipts: Path
    toxiproxy_api: str | None
    proxy: str | None
    processes: Mapping[str, int]
    parts: Mapping[str, Part] = field(default_factory=dict)
    database_log: Path | None = None
    settle_s: float = 0.0
    alert_apis: tuple[str, str] | None = None
    data: Path | None = None
    workers: tuple[PoolWorkerProcess, ...] = ()
    server_urls: tuple[str, ...] = ()
    balancer_socket: Path | None = None
    pooler_console: str = ""
    replica_dsn: str = ""
    queue: QueueAccess | None = None
    admin: AdminKeys | None = field(default=None, repr=False)
    shards: ShardedSite | None = None


def load_target(path: Path) -> Target:
    """Read a target file (TOML).

    Raises UsageError that names the file, the table, the key and the mistake.
    """
    file = read_target_file(path)
    for name in file.browsers:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", name):
            raise UsageError(
                f"{path}: [browsers] {shown(name)} must be a plain name, with an address in quotes",
                hint='e.g. safari = "webdriver+http://mac.lan:4444#safari"',
            )
    system = _described(path, file) if file.base_url else file.system
    try:
        system_named(system)
    except UsageError as error:
        if file.base_url:  # it names the line itself
            raise
        raise UsageError(f"{place_of(path, [], 'system')}: {error}", hint=error.hint) from error
    try:
        table = _table_of(file.database)
    except UsageError as error:
        raise UsageError(f"{path}: {error}", hint=error.hint) from error
    return Target(
        name=path.stem if file.name is None else file.name,
        system=system,
        server_module=file.server.module,
        pool=file.server.pool,
        database_url=file.database.url,
        table=table,
        browsers=file.browsers,
        targets=str(path.parent / file.targets) if file.targets else "",
        file=str(path),
    )


def _described(path: Path, file: TargetFile) -> str:
    """Return the name of the system that a file describes. Raises UsageError where the file also
    names one in Python."""
    given = {
        "system": file.system != REFERENCE,
        "server": file.server != ServerTable(),
        "database": file.database != DatabaseTable(),
    }
    if mixed := [name for name, is_given in given.items() if is_given]:
        raise UsageError(
            f"{path}: base_url describes a system that speaks HTTP; {', '.join(mixed)} is for one "
            "in Python",
            hint="What is stored is read back by [truth]" if "database" in mixed else "",
        )
    return f"{FILE_PREFIX}{path.absolute()}"


def _table_of(given: DatabaseTable) -> Table:
    """Return the table, with the reference's names where the file gives none.

    A table of another name promises a unique index only where the file says so.
    """
    names = {
        "name": given.table,
        "user_column": given.user_column,
        "artwork_column": given.artwork_column,
        "viewed_column": given.viewed_column,
    }
    unique = given.table is None if given.unique is None else given.unique
    found = {field: name for field, name in names.items() if name is not None}
    return Table(**found, unique=unique)
