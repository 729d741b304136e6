"""The machine as the set-up sees it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.core.environment import download_environment


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
        return cls(
            env=download_environment(),
            system=system,
            is_root=os.geteuid() == 0,
            home=Path.home(),
        )

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


def is_executable(path: Path) -> bool:
    """Return whether this is a file that this user may run."""
    return path.is_file() and os.access(path, os.X_OK)
