"""Servers of the distribution beside the stack: what watches it, and what makes it larger."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness.setup import commands
from harness.setup.host import Host, is_executable
from harness.setup.part import PartStatus, Workbench
from harness.setup.remedies import Packages, with_packages, with_setup


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionServer:
    """A server under one of several names, and a tool in the same folder without which it is none.

    Installing Debian's package starts a service. Set-up therefore unpacks the package into the
    cache (``unpacked``), with the packages ``libraries`` that not every machine has, and installs
    another only when it is asked for by name. ``version`` finds the number in what the server
    prints for ``ask``. ``files`` is a folder of its package, below /usr, that it opens by its path;
    ``folder`` is where its package has the server, below /usr.
    """

    name: str
    commands: tuple[str, ...]
    packages: Packages
    needed_for: str
    version: str
    tool: str = ""
    ask: str = "--version"
    unpacked: bool = False
    libraries: tuple[str, ...] = ()
    files: str = ""
    folder: str = "bin"

    def find(self, host: Host) -> Path | None:
        """Return the server, from PATH, and where administrators have it, before the cache."""
        look = host.admin_command if self.folder == "sbin" else host.which
        on_path = [path for command in self.commands if (path := look(command))]
        cached = [self._cache(host) / "usr" / "bin" / command for command in self.commands]
        for path in [*on_path, *filter(is_executable, cached)]:
            if not self.tool or is_executable(path.with_name(self.tool)):
                return path
        return None

    def look(self, host: Host) -> PartStatus:
        """Return its status; the server must say its version."""
        path = self.find(host)
        if path is None:
            tool = f" with {self.tool} beside it" if self.tool else ""
            where = f" or in {self._cache(host)}" if self.unpacked else ""
            return self._missing(host, f"no {' or '.join(self.commands)}{tool} on PATH{where}")
        argv: list[str | Path] = [path, self.ask]
        answer = commands.run(argv, env=host.env, timeout_s=commands.VERSION_TIMEOUT_S)
        if not answer.ok:
            return self._missing(host, f"{path} {self.ask}: {answer.reason}")
        found = re.search(self.version, answer.output)
        return PartStatus(
            name=self.name,
            state="found",
            version=found[1] if found else "unknown",
            where=str(path),
            needed_for=self.needed_for,
        )

    def wanted(self, host: Host) -> bool:
        """Return whether it comes without a service that starts."""
        return self.unpacked and host.which("apt-get") is not None

    def bring(self, bench: Workbench) -> list[str]:
        """Unpack or install the distribution's package."""
        if self.unpacked:
            bench.say(f"{self.name}: unpacking the distribution's package into the cache")
            reason = self._unpack(bench)
        else:
            reason = bench.apt.install(*self.packages.debian)
        return [reason] if reason else []

    def _unpack(self, bench: Workbench) -> str:
        cache = self._cache(bench.host)
        cache.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache.parent) as scratch:
            tree = Path(scratch, "tree")
            for package in (*self.packages.debian, *self.libraries):
                if reason := bench.apt.unpack(package, tree):
                    return reason
            for command in self.commands:
                if self.files:
                    _relocate(tree / "usr" / "bin" / command, self.files)
                if self.libraries:
                    _lead_to_libraries(tree / "usr", self.folder, command)
            # Complete before it is there: another working copy may look at the same moment.
            if cache.exists():
                cache.rename(Path(scratch, "before"))
            tree.rename(cache)
        return ""

    def _cache(self, host: Host) -> Path:
        return host.cache / "packages" / self.name

    def _missing(self, host: Host, why: str) -> PartStatus:
        return PartStatus(
            name=self.name,
            state="missing",
            needed_for=self.needed_for,
            fix=self._fix(host),
            detail=why,
        )

    def _fix(self, host: Host) -> str:
        if host.system == "Darwin":
            return f"brew install {self.name}"
        if self.wanted(host):
            return with_setup(self.name)
        return with_packages(host, self.name, self.packages)


def _relocate(program: Path, files: str) -> None:
    """Let a program open its files beside itself, not below /usr, wherever it was unpacked.

    The path that it was built with is replaced by a relative one of the same length, and a script
    starts it in its own folder.
    """
    if not program.exists():
        return
    built_with, beside = f"/usr/{files}".encode(), f".././{files}".encode()
    moved = program.with_name(f"{program.name}.moved")
    moved.write_bytes(program.read_bytes().replace(built_with, beside))
    moved.chmod(0o755)
    program.write_text(f'#!/bin/sh\ncd "${{0%/*}}" && exec "./{moved.name}" "$@"\n')


def _lead_to_libraries(usr: Path, folder: str, command: str) -> None:
    """Let a script in ``bin`` start a program with the libraries that were unpacked beside it."""
    program = usr / folder / command
    if not program.exists():
        return
    places = sorted({library.parent for library in (usr / "lib").rglob("*.so.*")})
    beside = ":".join(f"$usr/{place.relative_to(usr)}" for place in places)
    start = usr / "bin" / command
    start.parent.mkdir(exist_ok=True)
    start.write_text(
        f'#!/bin/sh\nusr="${{0%/*}}/.."\n'
        f'LD_LIBRARY_PATH="{beside}" exec "$usr/{folder}/{command}" "$@"\n'
    )
    start.chmod(0o755)


_GO_VERSION = r"version (\d\S*)"
"""In ``prometheus, version 2.42.0+ds (branch: …``; one that was built by hand may have none."""

PROMETHEUS = DistributionServer(
    name="prometheus",
    commands=("prometheus",),
    tool="promtool",
    packages=Packages("Prometheus", debian=("prometheus",), fedora="prometheus2"),
    needed_for="harness up --monitoring, the scenarios of monitoring, the alert rules' tests",
    version=_GO_VERSION,
    unpacked=True,
)
ALERTMANAGER = DistributionServer(
    name="alertmanager",
    commands=("prometheus-alertmanager", "alertmanager"),
    tool="amtool",
    packages=Packages("Alertmanager", debian=("prometheus-alertmanager",), fedora="alertmanager"),
    needed_for="harness up --monitoring, the scenarios of monitoring",
    version=_GO_VERSION,
    unpacked=True,
    files="share/prometheus/alertmanager",
)
"""Debian's reads the templates of its notifications from there, upstream's has them within."""
REDIS = DistributionServer(
    name="redis",
    commands=("redis-server", "valkey-server"),
    packages=Packages("Redis or Valkey", debian=("redis-server",), fedora="valkey"),
    needed_for="the arms of freshness-cache that use Redis",
    version=r"\bv=(\S+)",
)
"""Redis, or Valkey, which continues it under the same protocol. Its packages need libraries."""
HAPROXY = DistributionServer(
    name="haproxy",
    commands=("haproxy",),
    packages=Packages("HAProxy", debian=("haproxy",), fedora="haproxy"),
    needed_for="--topology balanced",
    version=r"version (\d\S*)",
    ask="-v",
    unpacked=True,
    libraries=("liblua5.3-0", "libopentracing-c-wrapper0", "libopentracing1"),
    folder="sbin",
)
PGBOUNCER = DistributionServer(
    name="pgbouncer",
    commands=("pgbouncer",),
    packages=Packages("PgBouncer", debian=("pgbouncer",), fedora="pgbouncer"),
    needed_for="--topology pooled",
    version=r"PgBouncer (\d\S*)",
    unpacked=True,
    libraries=("libc-ares2", "libevent-2.1-7"),
    folder="sbin",
)
"""The libraries are those that a plain Debian 12 does not have."""
