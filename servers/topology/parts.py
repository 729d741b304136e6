"""A part of a stack: how it is stopped and started again in its place, and where it listens."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol


class Process(Protocol):
    """One process of a stack, in a module of its own: what every part of a topology is.

    It listens on 127.0.0.1 alone, keeps its port over restarts, and needs no privileges.
    """

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""

    @property
    def pid(self) -> int:
        """Return the process id, 0 while it is gone."""

    async def start(self) -> None:
        """Start it unless it runs; returns when it answers. Raises NotReady with its last words."""

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> int | None:
        """Stop it, by SIGTERM as an operator does; return its exit code once it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPart:
    """A part that can be stopped and started again in its place: how, and where it listens.

    ``crash`` is the signal at which it dies without finishing anything. ``servers`` is how many
    ingest servers end with it; ``running`` returns the process id, 0 while it is gone.
    """

    name: str
    start_again: Callable[[], Awaitable[None]]
    end: Callable[..., object]
    crash: signal.Signals
    address: tuple[str, int]
    running: Callable[[], int]
    servers: int = 0

    @property
    def pid(self) -> int:
        """Return the process id, 0 while it is gone."""
        return self.running()

    async def stop(self, *, killed: bool) -> None:
        """End it, in the middle of everything or as an operator would; returns when it is gone."""
        how = {"how": self.crash} if killed else {}
        await asyncio.to_thread(self.end, **how)

    async def start(self) -> None:
        """Start it where it was; returns when it is ready."""
        await self.start_again()


def part_of(name: str, process: Process, *, servers: int = 0) -> StackPart:
    """Return a process as a part that is killed by SIGKILL."""
    return StackPart(
        name=name,
        start_again=process.start,
        end=process.stop,
        crash=signal.SIGKILL,
        address=process.address,
        running=lambda: process.pid,
        servers=servers,
    )
