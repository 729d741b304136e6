"""fake-indexeddb: IndexedDB in JavaScript, a second disk for simulated walks.

It comes from the npm registry that this machine is configured for, and is held to the hash that
stands here. npm only fetches it: nothing of it is run before the simulation does.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness.setup.commands import run
from harness.setup.host import Host
from harness.setup.part import PartStatus, Workbench
from harness.setup.remedies import with_setup

NAME = "fake-indexeddb"
VERSION = "6.2.8"
INTEGRITY = "sha512-" + (
    "mpVW/HLUqwKXJ6F/s0hMgdK1eQfM4ncTHDioNGHWL0WKV3VcZCoZq1NKgboBbAge07aRCO7L48yziKssL59XEQ=="
)
OVERRIDE = "HARNESS_FAKE_INDEXEDDB"
"""Environment variable that names a folder with the unpacked package; it counts alone."""
FETCH_TIMEOUT_S = 60.0
_ENTRY = Path("build", "cjs", "FDBFactory.js")


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeIndexedDB:
    """The npm package, unpacked once for all working copies."""

    name: str = NAME
    needed_for: str = "harness simulate --disk fake-indexeddb"
    integrity: str = INTEGRITY

    def find(self, host: Host) -> Path | None:
        """Return the package's folder."""
        chosen = host.env.get(OVERRIDE, "")
        folder = Path(chosen) if chosen else cache_directory(host)
        return folder if (folder / _ENTRY).is_file() else None

    def look(self, host: Host) -> PartStatus:
        """Return its status, with the version that the package says of itself."""
        path = self.find(host)
        if path is None:
            chosen = host.env.get(OVERRIDE, "")
            why = f"not in {host.cache}"
            if chosen:
                why = f"{OVERRIDE} names {chosen}, which holds no {_ENTRY}"
            return PartStatus(
                name=self.name,
                state="missing",
                needed_for=self.needed_for,
                fix=with_setup(self.name),
                detail=why,
            )
        return PartStatus(
            name=self.name,
            state="found",
            version=version_in(path),
            where=str(path),
            needed_for=self.needed_for,
        )

    def wanted(self, host: Host) -> bool:
        """Return whether npm is here; without it, it comes by name only."""
        return host.which("npm") is not None

    def bring(self, bench: Workbench) -> list[str]:
        """Fetch the package with npm, compare its hash and unpack it."""
        if chosen := bench.host.env.get(OVERRIDE, ""):
            return [f"{OVERRIDE} chooses {chosen}; unset it, or let it name the unpacked package"]
        npm = bench.host.which("npm")
        if npm is None:
            return [f"npm: not on PATH; {OVERRIDE} may name the unpacked {NAME} {VERSION}"]
        bench.say(f"{NAME}: fetching {VERSION} with npm")
        reason = self._fetch(npm, bench.host)
        return [reason] if reason else []

    def _fetch(self, npm: Path, host: Host) -> str:
        """Put the package into the cache; return the reason why not, empty when it worked."""
        home = cache_directory(host)
        env = {"HOME": str(host.home), **host.env, "npm_config_update_notifier": "false"}
        try:
            home.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=home.parent, ignore_cleanup_errors=True) as place:
                workshop = Path(place)
                argv: list[str | Path] = [npm, "pack", "--ignore-scripts", f"{NAME}@{VERSION}"]
                got = run(argv, env=env, timeout_s=FETCH_TIMEOUT_S, cwd=workshop)
                if not got.ok:
                    return f"npm pack: {got.reason}"
                archive = next(workshop.glob("*.tgz"), None)
                if archive is None:
                    return "npm pack: it wrote no archive"
                if (found := integrity_of(archive)) != self.integrity:
                    return f"{archive.name} has the hash {found}, not {self.integrity}"
                with tarfile.open(archive) as packed:
                    packed.extractall(workshop, filter="data")
                # Renamed when complete: another set-up may fetch or look at the same moment.
                if not (home / _ENTRY).is_file():
                    os.replace(workshop / "package", home)
        except (OSError, tarfile.TarError) as error:
            return f"{NAME} {VERSION}: {error}"
        return ""


def cache_directory(host: Host) -> Path:
    """Return where the package is kept, for all working copies."""
    return host.cache / f"{NAME}-{VERSION}"


def integrity_of(path: Path) -> str:
    """Return a file's hash as npm writes it."""
    digest = hashlib.sha512(path.read_bytes()).digest()
    return f"sha512-{base64.b64encode(digest).decode()}"


def version_in(package: Path) -> str:
    """Return the version of an unpacked package; "unknown" where it does not say."""
    try:
        return str(json.loads((package / "package.json").read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"
