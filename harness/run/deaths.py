"""The deaths part of a run: what ends by itself ends the run, and is named with its owner.

Every process of the run is looked at five times a second, and so are the witnesses and gateways
within this one. ``harness.process.owners`` says whose each is. When a part of the target has died
the table is read all the same, so that what was acknowledged can still be compared with what is
stored.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from harness.core.clock import pause
from harness.core.errors import HarnessError, PartDied, WaitTimeout
from harness.core.guard import ended_by_failure
from harness.core.wait import wait_until
from harness.ledger.kinds import NETWORK
from harness.ledger.kinds.network import ProcessDied, Unquiet
from harness.process.owners import Death, Owner, memory_kills, owned
from harness.run.browser_registry import BrowserRegistry
from harness.run.context import RunContext

LOOK_EVERY_S = 0.2
FACTS_COME_S = 0.5
"""How long after an error a process may take to be seen dead: its sockets close first."""
TOGETHER_S = 0.3
"""What ends within this time ended together."""
LAST_READ_S = 45.0
"""How long the read of the table may take after a death, PostgreSQL's restart included."""

_DISK_FULL = b" 53100 "
"""PostgreSQL's SQLSTATE disk_full, as ``log_line_prefix`` shows it."""
_LOG_TAIL_BYTES = 1 << 20

Probe = Callable[[], str]
"""Returns how a part of the harness's own process has failed, empty while it works."""

LastRead = Callable[[str], Awaitable[None]]
"""Reads the table once more and records why."""


class Deaths:
    """Watches every part of a run from the start of the block to its end."""

    def __init__(
        self, context: RunContext, browsers: BrowserRegistry, probes: Mapping[str, Probe]
    ) -> None:
        """``probes``: by its name in ``OWNERS``, how each part within this process is."""
        self._context = context
        self._browsers = browsers
        self._probes = probes
        self._known: set[int] = set()
        self._memory_kills: int | None = None
        self._found: list[Death] = []

    @asynccontextmanager
    async def guarded(self, last_read: LastRead) -> AsyncIterator[None]:
        """End the block with PartDied as soon as a part has ended by itself.

        ``last_read`` is awaited with the reason when the part is the target's. Whatever else the
        block raises because of the death is the cause of that error.
        """
        self._known = set(self._context.processes.deaths())
        self._memory_kills = memory_kills()
        try:
            async with ended_by_failure(self._look, every_s=LOOK_EVERY_S):
                yield
            await self._look()
            self._look_at_disk()
        except asyncio.CancelledError:
            raise
        except Exception as error:
            await self._name(error)
            if not self._found:
                self._look_at_disk(error)
            died = error if isinstance(error, PartDied) else None
            if died is None and self._found:
                died = self._as_error()
            if died is not None and any(one.accuses_target for one in self._found):
                await self._read(last_read, str(died))
            if died is not None and died is not error:
                raise died from error
            raise

    async def _look(self) -> None:
        """Raise PartDied when something has ended by itself; each is found once."""
        new = self._new()
        if not new:
            return
        if any(map(_is_target, new)):  # whatever ends everything ends it one after the other
            await pause(TOGETHER_S)
            new += self._new()
        others = [owned(one.name) for one in new if not _is_target(one)]
        killed = [one.title for one in others if not one.finishes]
        for one in new:
            self._found.append(self._with_lack(one, killed))
            self._record(self._found[-1])
        raise self._as_error()

    def _new(self) -> list[Death]:
        """Return what has ended by itself since the last look, the target's parts first."""
        used = self._browsers.pids()
        processes = self._context.processes
        ours = {child.pid for child in processes.children}
        found = []
        for pid, death in processes.deaths().items():
            if pid not in self._known and (not owned(death.name).lent or pid in used):
                self._known.add(pid)
                found.append(death)
        for pid, name in used.items():
            if pid not in self._known | ours and not _lives(pid):
                self._known.add(pid)
                found.append(Death(name=name, exit_code=None))
        names = {one.name for one in self._found}
        for name, probe in self._probes.items():
            if name not in names and (words := probe()):
                found.append(Death(name=name, exit_code=None, last_words=words))
        return sorted(found, key=lambda one: not _is_target(one))

    def _with_lack(self, death: Death, killed: list[str]) -> Death:
        """Return a death with what is known to have caused it other than the part itself."""
        if death.lack:
            return death
        before, count = self._memory_kills, memory_kills()
        if death.by_signal and before is not None and count is not None and count > before:
            return replace(death, lack="the kernel killed processes for lack of memory")
        if killed and _is_target(death):
            return replace(death, lack=f"{' and '.join(killed)} ended at the same moment")
        return death

    def _record(self, death: Death) -> None:
        self._context.ledger.witness(NETWORK).saw(
            ProcessDied(
                part=owned(death.name).title,
                owner=owned(death.name).owner.value,
                exit_code=death.exit_code,
                accuses_target=death.accuses_target,
                why=death.sentence,
            )
        )

    def _as_error(self) -> PartDied:
        return PartDied("; ".join(one.sentence for one in self._found))

    async def _name(self, error: Exception) -> None:
        """Look for a death behind an error: a process is seen dead after its sockets closed."""
        if isinstance(error, PartDied):
            return

        async def is_seen() -> bool:
            with contextlib.suppress(PartDied):
                await self._look()
            return bool(self._found)

        with contextlib.suppress(WaitTimeout):
            await wait_until("a death is seen", is_seen, timeout_s=FACTS_COME_S)

    async def _read(self, last_read: LastRead, why: str) -> None:
        """Read the table once more; PostgreSQL is started again for it if it has died."""
        try:
            async with asyncio.timeout(LAST_READ_S):
                if any(one.name == "postgres" for one in self._found):
                    part = self._context.site.parts["database"]
                    await part.stop(killed=True)
                    await part.start()
                await last_read(why)
        except Exception as error:
            # What cannot be read stays unread: the death is the news, and its reason stands.
            note = f"the table could not be read: {' '.join(str(error).split())}"
            self._context.ledger.witness(NETWORK).saw(Unquiet(why=f"{why}; {note}"))

    def _look_at_disk(self, error: Exception | None = None) -> None:
        """Raise HarnessError when PostgreSQL of ours found its disk full: that is no loss of the
        target's."""
        log = self._context.site.database_log
        if log is not None and _DISK_FULL in _tail(log):
            raise HarnessError(
                "PostgreSQL's disk is full: what it refused is no fault of the target",
                hint="Free some space where temporary files are kept, or set TMPDIR",
            ) from error


def _is_target(death: Death) -> bool:
    return owned(death.name).owner is Owner.TARGET


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _tail(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _LOG_TAIL_BYTES))
            return file.read()
    except OSError:
        return b""
