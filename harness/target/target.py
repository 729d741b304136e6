"""The target: what is tried, where its parts are, and how a file describes it.

A *target file* says what to start or where to look; a *site* is a target that is up.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from harness.core.errors import UsageError
from harness.target.capabilities import Capability
from harness.target.system import REFERENCE, System

FORMAT = 1
REFERENCE_SERVER = "servers.ingest"

_ALLOWED = {
    "": {"format", "name", "targets", "server", "database", "browsers"},
    "server": {"module", "pool"},
    "database": {"url", "table", "user_column", "artwork_column", "viewed_column"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Where impressions are stored: a table and its columns, plain identifiers."""

    name: str = "user_art_impressions"
    user_column: str = "user_id"
    artwork_column: str = "artwork_id"
    viewed_column: str = "viewed_at"

    def __post_init__(self) -> None:
        for name in (self.name, self.user_column, self.artwork_column, self.viewed_column):
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?", name):
                raise UsageError(f"{name!r} is not a plain SQL identifier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What to start: the server's module, and a PostgreSQL URL or None for one of our own.

    ``system`` names how it is spoken to (``harness.target.system``). ``targets`` is the file with
    what a load must hold; empty: the harness's own.
    ``browsers`` are those that run elsewhere, name → address; both the database's URL and these
    may hold a password and are never written down.
    """

    name: str = "reference"
    system: str = REFERENCE
    server_module: str = REFERENCE_SERVER
    pool: int = 200
    database_url: str | None = None
    table: Table = field(default_factory=Table)
    browsers: Mapping[str, str] = field(default_factory=dict)
    targets: str = ""


class Part(Protocol):
    """A part of a site that can be stopped and started again in its place.

    ``name`` is ``server`` or ``database``; ``address`` is where it listens.
    """

    @property
    def name(self) -> str:
        """Return what it is."""

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""

    async def stop(self, *, killed: bool) -> None:
        """End it, in the middle of everything or as an operator would; returns when it is gone."""

    async def start(self) -> None:
        """Start it where it was; returns when it is ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A target that is up.

    ``system`` says how it is spoken to, ``capabilities`` what it offers as it was started.
    ``direct_url`` goes straight to the server; ``front_url`` through Toxiproxy, whose API is
    ``toxiproxy_api`` and whose proxy is ``proxy`` (both None where there is no Toxiproxy).
    ``processes`` maps names to process ids, as they are now; ``parts`` are what can be restarted.
    ``database_log`` is what PostgreSQL itself writes, where it is ours.
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


def load_target(path: Path) -> Target:
    """Read a target file (TOML). Raises UsageError that names the file, the key and the mistake."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the target file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the target file {path} is not TOML: {error}") from error
    server, database = _section(data, "server", path), _section(data, "database", path)
    for section, content in (("", data), ("server", server), ("database", database)):
        unknown = content.keys() - _ALLOWED[section]
        if unknown:
            where = f"[{section}] " if section else ""
            raise UsageError(
                f"{path}: {where}has unknown key {', '.join(sorted(unknown))}",
                hint=f"Known: {', '.join(sorted(_ALLOWED[section]))}",
            )
    if data.get("format") != FORMAT:
        raise UsageError(f"{path}: format is {data.get('format')!r}, expected {FORMAT}")
    if not isinstance(data.get("targets", ""), str):
        raise UsageError(f"{path}: targets must be the name of a targets file")
    columns = {k: v for k, v in database.items() if k.endswith("_column")}
    table = Table(name=database.get("table", "user_art_impressions"), **columns)
    return Target(
        name=str(data.get("name", path.stem)),
        server_module=str(server.get("module", REFERENCE_SERVER)),
        pool=int(server.get("pool", 200)),
        database_url=database.get("url"),
        table=table,
        browsers=_browsers(_section(data, "browsers", path), path),
        targets=str(path.parent / data["targets"]) if "targets" in data else "",
    )


def redacted(url: str) -> str:
    """Return a URL or DSN without its password, for everything that is written down."""
    url = re.sub(r"(://[^:/@\s]*):[^@/\s]*@", r"\1:***@", url)
    return re.sub(r"(?i)\b(password|secret|token)=[^\s&]+", r"\1=***", url)


def _browsers(said: Mapping[str, Any], path: Path) -> dict[str, str]:
    """Return name → address; what an address means is its driver's business."""
    for name, address in said.items():
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", name) or not isinstance(address, str):
            raise UsageError(
                f"{path}: [browsers] {name} must be a plain name with an address in quotes",
                hint='e.g. safari = "webdriver+http://mac.lan:4444#safari"',
            )
    return dict(said)


def _section(data: Mapping[str, Any], name: str, path: Path) -> dict[str, Any]:
    section = data.get(name, {})
    if not isinstance(section, dict):
        raise UsageError(f"{path}: [{name}] must be a table")
    return section
