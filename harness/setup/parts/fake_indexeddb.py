"""fake-indexeddb: IndexedDB in JavaScript, a second disk for simulated walks.

It comes from the npm registry that this machine is configured for, and is held to the hash that
stands here. npm only fetches it: nothing of it is run before the simulation does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.setup.host import Host
from harness.setup.npm import NpmPackage, field_of
from harness.setup.part import PartStatus, Workbench
from harness.setup.remedies import with_setup

NAME = "fake-indexeddb"
VERSION = "6.2.8"
INTEGRITY = "sha512-" + (
    "mpVW/HLUqwKXJ6F/s0hMgdK1eQfM4ncTHDioNGHWL0WKV3VcZCoZq1NKgboBbAge07aRCO7L48yziKssL59XEQ=="
)
OVERRIDE = "HARNESS_FAKE_INDEXEDDB"
"""Environment variable that names a folder with the unpacked package; it counts alone."""
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
            version=field_of(path, "version"),
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
        host = bench.host
        package = NpmPackage(name=NAME, version=VERSION, integrity=self.integrity)
        env = {"HOME": str(host.home), **host.env}
        reason = package.fetch(npm, cache_directory(host), env)
        return [reason] if reason else []


def cache_directory(host: Host) -> Path:
    """Return where the package is kept, for all working copies."""
    return host.cache / f"{NAME}-{VERSION}"
