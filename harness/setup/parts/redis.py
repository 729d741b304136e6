"""Redis, or Valkey, which continues it under the same protocol: from the distribution."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.setup.commands import version_of
from harness.setup.host import Host
from harness.setup.part import PartStatus, Workbench
from harness.setup.remedies import Packages, with_packages

COMMANDS = ("redis-server", "valkey-server")
_PACKAGES = Packages("Redis or Valkey", debian=("redis-server",), fedora="valkey")


@dataclass(frozen=True, slots=True)
class Redis:
    """The server in which the reference server may keep answers about freshness.

    Set-up brings it only when it is asked for by name: Debian's package starts a service.
    """

    name: str = "redis"
    needed_for: str = "the arms of freshness-cache that use Redis"

    def find(self, host: Host) -> Path | None:
        """Return the server."""
        return next((path for command in COMMANDS if (path := host.which(command))), None)

    def look(self, host: Host) -> PartStatus:
        """Return its status; the server must say its version."""
        path = self.find(host)
        why = f"no {' or '.join(COMMANDS)} on PATH"
        if path is not None:
            answer = version_of([path, "--version"], host.env)
            if answer.ok:
                return PartStatus(
                    name=self.name,
                    state="found",
                    version=_number(answer.output),
                    where=str(path),
                    needed_for=self.needed_for,
                )
            why = answer.reason
        return PartStatus(
            name=self.name,
            state="missing",
            needed_for=self.needed_for,
            fix=self._fix(host),
            detail=why,
        )

    def wanted(self, host: Host) -> bool:
        """Return False: one experiment needs it."""
        return False

    def bring(self, bench: Workbench) -> list[str]:
        """Install it from the distribution."""
        reason = bench.apt.install(*_PACKAGES.debian)
        return [reason] if reason else []

    def _fix(self, host: Host) -> str:
        if host.system == "Darwin":
            return "brew install redis"
        return with_packages(host, self.name, _PACKAGES)


def _number(output: str) -> str:
    """Return the version in ``Redis server v=7.0.15 sha=…``."""
    words = [word.partition("=")[2] for word in output.split() if word.startswith("v=")]
    return words[0] if words else output
