"""npm and Node: clients of npm are fetched by the one, their adapters run in the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.setup.commands import version_of
from harness.setup.host import Host
from harness.setup.part import PartStatus, Workbench
from harness.setup.remedies import Packages, with_packages

NODE_LEAST = 18
_PACKAGES = Packages("Node and npm", debian=("nodejs", "npm"), fedora="nodejs-npm")


@dataclass(frozen=True, slots=True)
class Npm:
    """Both programs, on PATH.

    Set-up brings them only when they are asked for by name: Debian's npm brings hundreds of
    packages.
    """

    name: str = "npm"
    needed_for: str = "harness run browsers --client"

    def find(self, host: Host) -> Path | None:
        """Return npm, where Node is there too."""
        return host.which("npm") if host.which("node") else None

    def look(self, host: Host) -> PartStatus:
        """Return its status; both programs must say a version, and Node a recent one."""
        npm, node = host.which("npm"), host.which("node")
        if npm is None or node is None:
            missing = [name for name, path in (("npm", npm), ("node", node)) if path is None]
            return self._missing(host, f"no {' and no '.join(missing)} on PATH")
        answers = [version_of([path, "--version"], host.env) for path in (npm, node)]
        if wrong := [answer.reason for answer in answers if not answer.ok]:
            return self._missing(host, wrong[0])
        version, of_node = (answer.output for answer in answers)
        if int(of_node.partition(".")[0] or 0) < NODE_LEAST:
            return self._missing(host, f"node {of_node}: {NODE_LEAST} or newer is needed")
        return PartStatus(
            name=self.name,
            state="found",
            version=f"{version}, node {of_node}",
            where=str(npm),
            needed_for=self.needed_for,
        )

    def wanted(self, host: Host) -> bool:
        """Return False: clients alone need it."""
        return False

    def bring(self, bench: Workbench) -> list[str]:
        """Install both from the distribution."""
        reason = bench.apt.install(*_PACKAGES.debian)
        return [reason] if reason else []

    def _missing(self, host: Host, why: str) -> PartStatus:
        fix = "brew install node"
        if host.system != "Darwin":
            fix = with_packages(host, self.name, _PACKAGES)
        return PartStatus(
            name=self.name, state="missing", needed_for=self.needed_for, fix=fix, detail=why
        )
