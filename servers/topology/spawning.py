"""What the servers need of the owner of processes: they import nothing of the harness.

The composition root hands in an object that fits; ``harness.process.processes.Processes`` does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

PROGRAM_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
"""For a program that does one thing and ends; what lives on receives its spawner's."""


class Child(Protocol):
    """A started process."""

    pid: int
    log: Path

    @property
    def exit_code(self) -> int | None:
        """Return the exit code, or None while it lives."""

    def stop(self, *, ask_with: int = ..., grace_s: float = ...) -> int | None:
        """Ask it to stop, kill it after the grace, return the exit code."""

    def last_words(self, lines: int = ...) -> str:
        """Return the end of its log in one line."""


class Spawner(Protocol):
    """Starts processes that cannot outlive the harness, and scratch directories that go with it."""

    def spawn(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = ...,
        user: str | None = ...,
        cwd: Path | None = ...,
    ) -> Child:
        """Start a process, its output appended to ``log``."""

    @property
    def tag(self) -> str:
        """Return what names this owner of processes on this host, for good."""

    def is_orphan(self, tag: str) -> bool:
        """Return whether the owner that the tag names is dead."""

    def forget(self, pid: int) -> None:
        """Stop watching a child that has ended."""

    def scratch(self, purpose: str, *, passable: bool = ...) -> Path:
        """Return a new directory of this user alone; ``passable``: others may pass through it."""


Ready = Callable[[], bool | Awaitable[bool]]


class NotReady(Exception):
    """A server did not come up. The message ends with the last words of its log."""


class WaitFor(Protocol):
    """Waits for a fact by name, with a bound; ``harness.core.wait.wait_until`` fits."""

    def __call__(self, fact: str, probe: Ready, *, timeout_s: float) -> Awaitable[object]:
        """Return when the probe is truthy; raise when the bound is over."""
