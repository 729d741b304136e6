"""Toxiproxy, the real server: from PATH, from our cache, or built once with Go.

Go checks every module it fetches against its public checksum database; the releases' binaries
have no checksum that we could hold them to, so they are not a try (docs/decisions/0002).
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness.setup.commands import run, version_of
from harness.setup.host import Host, is_executable
from harness.setup.part import PartStatus, Workbench
from harness.setup.parts.go import Go, throwaway_go
from harness.setup.remedies import with_setup

MODULE = "github.com/Shopify/toxiproxy/v2"
VERSIONS = ("2.13.0", "2.12.0")
"""Best first: 2.13.0 fixes an API that can hang, and wants a newer Go."""

OVERRIDE = "HARNESS_TOXIPROXY"
PROBE_TIMEOUT_S = 10.0
BUILD_TIMEOUT_S = 300.0
_BINARY = "toxiproxy-server"


@dataclass(frozen=True, slots=True)
class Toxiproxy:
    """The proxy that bites."""

    name: str = "toxiproxy"
    needed_for: str = "every scenario with a network fault"
    versions: tuple[str, ...] = VERSIONS
    build_timeout_s: float = BUILD_TIMEOUT_S

    def find(self, host: Host) -> Path | None:
        """Return the server; a set override counts alone, so that a typo is seen."""
        if chosen := host.env.get(OVERRIDE, ""):
            return Path(chosen) if is_executable(Path(chosen)) else None
        if on_path := host.which(_BINARY):
            return on_path
        cached = (cache_directory(host, version) / _BINARY for version in self.versions)
        return next((path for path in cached if is_executable(path)), None)

    def look(self, host: Host) -> PartStatus:
        """Return its status; the server must say its version."""
        path = self.find(host)
        if path is None:
            chosen = host.env.get(OVERRIDE, "")
            why = f"no {_BINARY} on PATH or in {host.cache}"
            if chosen:
                why = f"{OVERRIDE} names {chosen}, which is not an executable file"
            return self._missing(why)
        answer = version_of([path, "--version"], host.env)
        if not answer.ok:
            return self._missing(answer.reason)
        version, built_by = _recorded(path)
        return PartStatus(
            name=self.name,
            state="found",
            version=version or answer.output or "unknown",
            where=str(path),
            needed_for=self.needed_for,
            detail=f"built by {built_by}" if built_by else "",
        )

    def wanted(self, host: Host) -> bool:
        """Return True: faults need it."""
        return True

    def bring(self, bench: Workbench) -> list[str]:
        """Build it, with the machine's Go or with one fetched for the purpose."""
        if chosen := bench.host.env.get(OVERRIDE, ""):
            return [f"{OVERRIDE} chooses {chosen}; unset it, or let it name {_BINARY}"]
        reasons: list[str] = []
        command = bench.host.which("go")
        if command is None:
            reasons.append("go: not on PATH")
        elif self._build_any(bench, Go.of_this_machine(command, bench.host), reasons):
            return []
        # An old Go cannot build it and does not know how to fetch a newer one.
        with throwaway_go(bench) as fetched:
            if isinstance(fetched, str):
                reasons.append(fetched)
            elif self._build_any(bench, fetched, reasons):
                return []
        return reasons

    def _build_any(self, bench: Workbench, go: Go, reasons: list[str]) -> bool:
        for version in self.versions:
            reason = _build(bench, go, version, self.build_timeout_s)
            if not reason:
                return True
            reasons.append(reason)
        return False

    def _missing(self, why: str) -> PartStatus:
        fix = with_setup(self.name)
        return PartStatus(
            name=self.name, state="missing", needed_for=self.needed_for, fix=fix, detail=why
        )


def cache_directory(host: Host, version: str) -> Path:
    """Return where a built server of this version is kept, for all working copies."""
    return host.cache / f"toxiproxy-{version}"


def _build(bench: Workbench, go: Go, version: str, timeout_s: float) -> str:
    """Build one version into the cache; return the reason why not, empty when it worked."""
    label = f"{go.label}: go install toxiproxy {version}"
    home = cache_directory(bench.host, version)
    try:
        bench.host.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent, ignore_cleanup_errors=True) as scratch:
            workshop = Path(scratch)
            # Asking costs a second; building without an answer would use up the long bound.
            asked: list[str | Path] = [go.command, "list", "-m", f"{MODULE}@v{version}"]
            known = run(asked, env=go.env, timeout_s=PROBE_TIMEOUT_S, cwd=workshop)
            if not known.ok:
                return f"{label}: {known.reason}"
            bench.say(f"toxiproxy: building {version} with {go.label} (once, about half a minute)")
            target = f"{MODULE}/cmd/server@v{version}"
            argv: list[str | Path] = [go.command, "install", "-trimpath", target]
            env = {**go.env, "GOBIN": scratch, "CGO_ENABLED": "0"}
            built = run(argv, env=env, timeout_s=timeout_s, cwd=workshop)
            if not built.ok:
                return f"{label}: {built.reason}"
            record = {"version": version, "built_by": go.label}
            (workshop / "record.json").write_text(json.dumps(record))
            home.mkdir(exist_ok=True)
            # Renamed when complete: another set-up may build or look at the same moment.
            os.replace(workshop / "record.json", home / "record.json")
            os.replace(workshop / "server", home / _BINARY)
    except OSError as error:
        return f"{label}: {error}"
    return ""


def _recorded(binary: Path) -> tuple[str, str]:
    # A server built by `go install` says only "git" when it is asked for its version.
    try:
        record = json.loads((binary.parent / "record.json").read_text())
        return str(record["version"]), str(record["built_by"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", ""
