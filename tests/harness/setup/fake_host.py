"""A host of our own: a directory with tiny scripts as its PATH, no network, no home of a user."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from harness.setup.apt import Apt
from harness.setup.host import Host
from harness.setup.part import Workbench


@dataclass(frozen=True)
class FakeHost:
    """Scripts are added one by one; every call is written to a log."""

    directory: Path
    is_root: bool = True
    system: str = "Linux"

    @property
    def bin(self) -> Path:
        return self.directory / "bin"

    @property
    def calls(self) -> list[str]:
        log = self.directory / "calls"
        return log.read_text().splitlines() if log.exists() else []

    def script(self, name: str, body: str) -> Path:
        """Add a command; it logs its name and words before it does its work."""
        return write_script(
            self.bin / name, f'echo "{name} $*" >> "{self.directory}/calls"\n{body}'
        )

    def host(self, **env: str) -> Host:
        """Return it as the set-up sees it; the real tools come after the scripts."""
        self.bin.mkdir(exist_ok=True)
        tools = self.directory / "tools"  # only what the scripts themselves need
        tools.mkdir(exist_ok=True)
        for tool in ("cat", "chmod", "env", "mkdir", "sleep", "timeout", "touch"):
            if (path := shutil.which(tool)) and not (tools / tool).exists():
                (tools / tool).symlink_to(path)
        return Host(
            env={"PATH": f"{self.bin}:{tools}", **env},
            system=self.system,
            is_root=self.is_root,
            home=self.directory / "home",
            root=self.directory / "root",
        )

    def bench(self, lines: list[str], **env: str) -> Workbench:
        host = self.host(**env)
        return Workbench(host, lines.append, Apt(host))


def write_script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path
