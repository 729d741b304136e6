"""The words of the set-up: a part, its status, the host it is looked for on.

A part is something on this machine that pip does not bring, or that needs more than pip: a
browser, Toxiproxy, PostgreSQL. Looking never raises and never changes anything; bringing returns
the reason of every try that failed.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from harness.setup.apt import Apt


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStatus:
    """What is known about one part, or one fact about the machine.

    ``mend`` is the command that brings a missing part; ``detail`` says why it counts as missing,
    after a set-up one reason for every try.
    """

    name: str
    kind: Literal["part", "fact"] = "part"
    state: Literal["found", "missing"]
    version: str = ""
    where: str = ""
    needed_for: str = ""
    mend: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The machine as the set-up sees it; tests hand in one of their own."""

    env: Mapping[str, str]
    system: str
    is_root: bool
    home: Path
    root: Path = Path("/")

    @classmethod
    def here(cls) -> Host:
        """Return this machine."""
        system = {"linux": "Linux", "darwin": "Darwin"}.get(sys.platform, sys.platform)
        return cls(env=dict(os.environ), system=system, is_root=os.geteuid() == 0, home=Path.home())

    @property
    def cache(self) -> Path:
        """Return the directory for what is built once for all working copies."""
        base = self.env.get("XDG_CACHE_HOME", "")
        # The specification says that a relative path is to be ignored.
        caches = Path(base) if base.startswith("/") else self.home / ".cache"
        return caches / "impression-harness"

    def which(self, *names: str) -> Path | None:
        """Return the first of these commands that is on PATH."""
        for name in names:
            found = shutil.which(name, path=self.env.get("PATH", os.defpath))
            if found:
                return Path(found)
        return None

    def admin_command(self, name: str) -> Path | None:
        """Return a system administrator's command; those are often not on a user's PATH."""
        places = os.pathsep.join(str(self.root / place) for place in ("usr/sbin", "sbin"))
        found = self.which(name) or shutil.which(name, path=places)
        return Path(found) if found else None

    def first_match(self, *patterns: str) -> Path | None:
        """Return the newest (by name) executable file below the root that fits a pattern."""
        for pattern in patterns:
            for path in sorted(self.root.glob(pattern), reverse=True):
                if is_executable(path):
                    return path
        return None


@dataclass(frozen=True, slots=True)
class Workbench:
    """What a part needs to bring itself: the host, someone to tell, the package manager."""

    host: Host
    say: Callable[[str], None]
    apt: Apt


class Part(Protocol):
    """One part that can be looked for and, often, brought."""

    @property
    def name(self) -> str:
        """Return the name that ``harness setup --only`` takes."""

    def find(self, host: Host) -> Path | None:
        """Return where it is, or None; cheap: starts no process."""

    def look(self, host: Host) -> PartStatus:
        """Return its status, proven by running it; never raises for a missing part."""

    def wanted(self, host: Host) -> bool:
        """Return whether set-up brings it without being asked by name."""

    def bring(self, bench: Workbench) -> list[str]:
        """Try to bring it; return the reason of every try that failed."""


def is_executable(path: Path) -> bool:
    """Return whether this is a file that this user may run."""
    return path.is_file() and os.access(path, os.X_OK)
