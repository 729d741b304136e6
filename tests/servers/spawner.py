"""A small spawner for tests: children die with the test process, directories with the session."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

_PR_SET_PDEATHSIG = 1
_LAST_GRACE_S = 10.0
"""PostgreSQL takes five seconds at most to end its own children by force."""


class TestChild:
    """A started process."""

    __test__ = False

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.pid = process.pid
        self.argv = process.args
        self.log = log
        self._process = process

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def stop(self, *, ask_with: int = signal.SIGTERM, grace_s: float = 30.0) -> int | None:
        if self.exit_code is None:
            self._process.send_signal(ask_with)
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._process.wait(grace_s)
            self._process.kill()
        return self._process.wait(grace_s)

    def last_words(self, lines: int = 3) -> str:
        return " | ".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class TestSpawner:
    """Fits ``servers.topology.spawning.Spawner``; a context manager that stops what it started."""

    __test__ = False

    def __init__(self) -> None:
        self._children: list[TestChild] = []
        self._directories: list[Path] = []

    def __enter__(self) -> TestSpawner:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for child in reversed(self._children):
            if child.exit_code is not None:
                continue
            # At once: these data are not read again. What does not end holds up all tests' end.
            if child.stop(ask_with=signal.SIGQUIT, grace_s=_LAST_GRACE_S) == -signal.SIGKILL:
                print(f"{child.argv} did not end by SIGQUIT", file=sys.stderr)
        for directory in self._directories:
            shutil.rmtree(directory, ignore_errors=True)

    def spawn(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: Path | None = None,
    ) -> TestChild:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as sink:
            process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                user=user,
                cwd=cwd,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        child = TestChild(process, log)
        self._children.append(child)
        return child

    def forget(self, pid: int) -> None:
        self._children = [child for child in self._children if child.pid != pid]

    def scratch(self, purpose: str, *, passable: bool = False) -> Path:
        path = Path(tempfile.mkdtemp(prefix=f"test-{purpose}-"))
        path.chmod(0o711)
        self._directories.append(path)
        return path


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
