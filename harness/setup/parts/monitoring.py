"""Prometheus and Alertmanager, with promtool and amtool beside them: from the distribution."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from harness.setup.commands import VERSION_TIMEOUT_S, run
from harness.setup.host import Host
from harness.setup.part import PartStatus, Workbench
from harness.setup.remedies import Packages, with_packages


@dataclass(frozen=True, slots=True)
class MonitoringProgram:
    """A server of monitoring and the tool that checks its files, in one folder.

    Set-up brings it only when it is asked for by name: Debian's package starts a service.
    """

    name: str
    commands: tuple[str, ...]
    tool: str
    packages: Packages
    needed_for: str

    def find(self, host: Host) -> Path | None:
        """Return the server; without its tool beside it, it does not count."""
        found = (path for command in self.commands if (path := host.which(command)))
        return next((path for path in found if path.with_name(self.tool).exists()), None)

    def look(self, host: Host) -> PartStatus:
        """Return its status; the server must say its version."""
        path = self.find(host)
        why = f"no {' or '.join(self.commands)} with {self.tool} beside it on PATH"
        if path is not None:
            answer = run([path, "--version"], env=host.env, timeout_s=VERSION_TIMEOUT_S)
            if answer.ok:
                return PartStatus(
                    name=self.name,
                    state="found",
                    version=_number(answer.output),
                    where=str(path),
                    needed_for=self.needed_for,
                )
            why = f"{path} --version: {answer.reason}"
        return PartStatus(
            name=self.name,
            state="missing",
            needed_for=self.needed_for,
            fix=self._fix(host),
            detail=why,
        )

    def wanted(self, host: Host) -> bool:
        """Return False: only monitoring needs it."""
        return False

    def bring(self, bench: Workbench) -> list[str]:
        """Install it from the distribution."""
        reason = bench.apt.install(*self.packages.debian)
        return [reason] if reason else []

    def _fix(self, host: Host) -> str:
        if host.system == "Darwin":
            return f"brew install {self.name}"
        return with_packages(host, self.name, self.packages)


PROMETHEUS = MonitoringProgram(
    name="prometheus",
    commands=("prometheus",),
    tool="promtool",
    packages=Packages("Prometheus", debian=("prometheus",), fedora="prometheus2"),
    needed_for="harness up --monitoring, the scenarios of monitoring, the alert rules' tests",
)
ALERTMANAGER = MonitoringProgram(
    name="alertmanager",
    commands=("prometheus-alertmanager", "alertmanager"),
    tool="amtool",
    packages=Packages("Alertmanager", debian=("prometheus-alertmanager",), fedora="alertmanager"),
    needed_for="harness up --monitoring, the scenarios of monitoring",
)


def _number(output: str) -> str:
    """Return the version in ``prometheus, version 2.42.0+ds (branch: …``; a build may have none."""
    found = re.search(r"version (\d\S*)", output)
    return found[1] if found else "unknown"
