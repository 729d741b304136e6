"""vegeta and k6, for comparison only: from PATH, from our cache, or built once with Go.

Both come as modules that Go holds to its public checksum database, as Toxiproxy does
(docs/decisions/0002). They are no parts of the harness: nothing but these trials asks for them.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.setup.apt import Apt
from harness.setup.commands import Answer, run
from harness.setup.host import Host, is_executable
from harness.setup.part import Workbench
from harness.setup.parts.go import Go, throwaway_go

KNOWN_TIMEOUT_S = 60.0
BUILD_TIMEOUT_S = 3600.0
"""Of one build. At idle priority, beside other work, k6 takes a quarter of an hour and more."""

Say = Callable[[str], None]
Run = Callable[..., Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A load generator by others. ``versions``: best first, each with its module path."""

    name: str
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class InstalledPeer:
    """Where a peer's program is, and which version it is."""

    name: str
    version: str
    program: Path


VEGETA = Peer(
    name="vegeta",
    versions=(
        ("12.13.0", "github.com/tsenart/vegeta/v12"),
        ("12.12.0", "github.com/tsenart/vegeta/v12"),
    ),
)
K6 = Peer(
    name="k6",
    versions=(
        ("2.2.0", "go.k6.io/k6/v2"),
        ("2.1.0", "go.k6.io/k6/v2"),
        ("1.8.1", "go.k6.io/k6"),
    ),
)
PEERS = (VEGETA, K6)


def find_or_build(peer: Peer, host: Host, say: Say, *, run: Run = run) -> InstalledPeer | str:
    """Return the peer, built when it is not installed, or the reasons why it is unavailable."""
    if installed := _here(peer, host):
        return installed
    reasons: list[str] = []
    if command := host.which("go"):
        go = Go.of_this_machine(command, host)
        if installed := _built(peer, host, go, reasons, say, run):
            return installed
    else:
        reasons.append("go: not on PATH")
    with throwaway_go(Workbench(host, say, Apt(host)), part=peer.name) as fetched:
        if isinstance(fetched, str):
            reasons.append(fetched)
        elif installed := _built(peer, host, fetched, reasons, say, run):
            return installed
    return "; ".join(reasons)


def _here(peer: Peer, host: Host) -> InstalledPeer | None:
    for version, _ in peer.versions:
        program = _place(peer, host, version) / peer.name
        if is_executable(program):
            return InstalledPeer(peer.name, version, program)
    if on_path := host.which(peer.name):
        return InstalledPeer(peer.name, "of this machine", on_path)
    return None


def _place(peer: Peer, host: Host, version: str) -> Path:
    return host.cache / f"{peer.name}-{version}"


def _built(
    peer: Peer, host: Host, go: Go, reasons: list[str], say: Say, run: Run
) -> InstalledPeer | None:
    for version, module in peer.versions:
        reason = _build(peer, host, go, version, module, say, run)
        if not reason:
            return InstalledPeer(peer.name, version, _place(peer, host, version) / peer.name)
        reasons.append(f"{go.label}: {peer.name} {version}: {reason}")
    return None


def _build(peer: Peer, host: Host, go: Go, version: str, module: str, say: Say, run: Run) -> str:
    """Build one version into the cache; return why it failed, empty when it was built."""
    target, place = f"{module}@v{version}", _place(peer, host, version)
    try:
        host.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=host.cache, ignore_cleanup_errors=True) as scratch:
            # Asking costs a second; building without an answer would use up the long bound.
            asked = [str(go.command), "list", "-m", target]
            known = run(asked, env=go.env, timeout_s=KNOWN_TIMEOUT_S, cwd=Path(scratch))
            if not known.ok:
                return known.reason
            say(f"{peer.name}: building {version} with {go.label}, at idle priority (once)")
            argv = [*_idle_priority(host), str(go.command), "install", "-trimpath", target]
            env = {**go.env, "GOBIN": scratch, "CGO_ENABLED": "0"}
            built = run(argv, env=env, timeout_s=BUILD_TIMEOUT_S, cwd=Path(scratch))
            if not built.ok:
                return built.reason
            (Path(scratch) / "record.json").write_text(
                json.dumps({"version": version, "module": module, "built_by": go.label})
            )
            place.mkdir(exist_ok=True)
            # Renamed when complete: another benchmark may look at the same moment.
            os.replace(Path(scratch) / "record.json", place / "record.json")
            os.replace(Path(scratch) / peer.name, place / peer.name)
    except OSError as error:
        return str(error)
    return ""


def _idle_priority(host: Host) -> list[str]:
    """Return the command prefix that gives a program only CPU time that is idle."""
    chrt, nice = host.which("chrt"), host.which("nice")
    return [*([str(chrt), "-i", "0"] if chrt else []), *([str(nice), "-n", "19"] if nice else [])]
