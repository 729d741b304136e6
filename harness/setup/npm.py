"""Packages of npm, held to a hash: fetched and unpacked, and nothing of them is run.

They come from the registry that this machine is configured for.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.setup.commands import run

FETCH_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NpmPackage:
    """One version of a package, and its hash as npm writes it."""

    name: str
    version: str
    integrity: str

    def home(self, cache: Path) -> Path:
        """Return where it is kept below a cache."""
        return cache / f"{self.name.replace('/', '+')}-{self.version}"

    def fetch(self, npm: Path, home: Path, env: Mapping[str, str]) -> str:
        """Put the package into ``home``; return the reason why not, empty when it worked."""
        quiet = {**env, "npm_config_update_notifier": "false"}
        try:
            home.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=home.parent, ignore_cleanup_errors=True) as place:
                workshop = Path(place)
                wanted = f"{self.name}@{self.version}"
                argv: list[str | Path] = [npm, "pack", "--ignore-scripts", wanted]
                got = run(argv, env=quiet, timeout_s=FETCH_TIMEOUT_S, cwd=workshop)
                if not got.ok:
                    return f"npm pack: {got.reason}"
                archive = next(workshop.glob("*.tgz"), None)
                if archive is None:
                    return "npm pack: it wrote no archive"
                if (found := integrity_of(archive)) != self.integrity:
                    return f"{archive.name} has the hash {found}, not {self.integrity}"
                with tarfile.open(archive) as packed:
                    packed.extractall(workshop, filter="data")
                # Renamed when complete: another process may fetch or look at the same moment.
                if not (home / "package.json").is_file():
                    os.replace(workshop / "package", home)
        except (OSError, tarfile.TarError) as error:
            return f"{self.name} {self.version}: {error}"
        return ""


def integrity_of(path: Path) -> str:
    """Return a file's hash as npm writes it."""
    digest = hashlib.sha512(path.read_bytes()).digest()
    return f"sha512-{base64.b64encode(digest).decode()}"


def field_of(package: Path, name: str) -> str:
    """Return a field of an unpacked package's own description; "unknown" where it has none."""
    try:
        return str(json.loads((package / "package.json").read_text(encoding="utf-8"))[name])
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"
