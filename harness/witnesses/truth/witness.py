"""The database witness of a described system: its truth, read again and again.

It does what ``harness.witnesses.database`` does over SQL, by whatever way the target file names:
polls write what appeared and vanished, the last read writes every view. What is not of this run, by
its ids, is left alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from harness.core.clock import Instant, now
from harness.core.errors import HarnessError
from harness.ledger.files import WitnessFile
from harness.ledger.kinds import DATABASE
from harness.ledger.kinds.database import (
    Appeared,
    DatabaseRow,
    Final,
    FinalRow,
    Poll,
    StoredRow,
    Vanished,
)
from harness.target.described.ids import ViewIds
from harness.witnesses.database import DatabaseWitness, Key, rest_s
from harness.witnesses.truth.sources import TruthSource


class TruthWitness:
    """Polls in a task; ``final`` makes the last, complete read."""

    def __init__(
        self, source: TruthSource, ids: ViewIds, witness: WitnessFile[DatabaseRow]
    ) -> None:
        self._source = source
        self._ids = ids
        self._witness = witness
        self._known = Counter[Key]()
        self._reading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    async def start(self) -> None:
        """Read once and start polling.

        Raises HarnessError when truth cannot be read, or already holds ids of this run.
        """
        if await self._read():
            raise HarnessError(
                "what is stored already has ids of this run: an earlier run's are like them",
                hint="Run again, or let [reset] empty the system before each run",
            )
        self._task = asyncio.create_task(self._poll_forever())

    async def stop(self) -> None:
        """Stop polling and let go of the source."""
        self._stop.set()
        if self._task is not None:
            await self._task
            self._task = None
        await self._source.close()

    def failure(self) -> str:
        """Return why it polls no longer although it was not stopped; empty while it does."""
        if self._task is None or not self._task.done() or self._stop.is_set():
            return ""
        error = None if self._task.cancelled() else self._task.exception()
        return f"its task ended: {error!r}"

    async def count(self) -> int:
        """Return the number of views of this run that are stored now."""
        return (await self._read()).total()

    async def holds(self, impressions: Iterable[Key]) -> bool:
        """Return whether every one of the impressions is stored now."""
        return set(impressions) <= (await self._read()).keys()

    async def active_inserts(self) -> int:
        """Return 0: what the system has under way is not seen."""
        return 0

    async def final(self) -> int:
        """Read everything and record every view; return how many of this run are stored."""
        at = now()
        rows = await self._read()
        self._note_changes(at, rows)
        self._note(at, FinalRow, rows)
        self._witness.saw(Final(rows=rows.total()), at=at)
        return rows.total()

    async def violate(self) -> None:
        """Do nothing: the system is only read."""

    async def violations(self, log: Path) -> None:
        """Do nothing: there is no log of a database."""

    async def _poll_forever(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            with contextlib.suppress(HarnessError):
                # A poll that fails leaves no ``poll`` row: the system may be down.
                at = now()
                self._note_changes(at, await self._read())
                self._witness.saw(Poll(rows=self._known.total()), at=at)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), rest_s(time.monotonic() - began))

    async def _read(self) -> Counter[Key]:
        """Return (user, artwork) → how often it is stored, of this run."""
        async with self._reading:
            views = await self._source.read()
        found = (self._ids.view(view.id, view.user) for view in views)
        return Counter(key for key in found if key is not None)

    def _note_changes(self, at: Instant, rows: Counter[Key]) -> None:
        # What is there was there by the end of the read, which is now; what is gone was gone when
        # it began.
        self._note(now(), Appeared, {k: n for k, n in rows.items() if self._known[k] != n})
        for user, artwork in self._known.keys() - rows.keys():
            self._witness.saw(Vanished(user=user, artwork=artwork), at=at)
        self._known = rows

    def _note(self, at: Instant, kind: type[StoredRow], rows: dict[Key, int]) -> None:
        if not rows:
            return
        columns = {
            "mono_ns": np.full(len(rows), at.mono_ns),
            "wall_ns": np.full(len(rows), at.wall_ns),
            "user": [user for user, _ in rows],
            "artwork": [artwork for _, artwork in rows],
            "copies": list(rows.values()),
        }
        self._witness.append(DATABASE.batch(kind, columns, len(rows)))


StoredWitness = DatabaseWitness | TruthWitness
"""What reads back what is stored, whatever the way."""
