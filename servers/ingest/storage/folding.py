"""Adds up, each second, what statements have noted about what users have seen.

The figures are exact without it: what is not added up yet is added when they are read. It keeps
that part small. Of several servers on one database whichever comes first does it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Protocol

import psycopg
import psycopg_pool

from servers.ingest.storage.rollups import FOLDED_AT_ONCE

FOLDED = {"rollups", "admin"}
"""The improvements whose counts are folded; with a predictive pool there is nothing to fold."""
FOLD_S = 1.0
TIDIED_AFTER = 2_000
"""Notes that were added up leave room that is not free again before the table is vacuumed: a
minute of autovacuum's leaves a table that takes longer to read through than its notes to add up."""
_log = logging.getLogger(__name__)


class FoldedStore(Protocol):
    """Where the counts are kept."""

    async def fold(self) -> int:
        """Add up at most ``FOLDED_AT_ONCE`` notes and return how many; raise psycopg.Error."""

    async def tidy(self) -> None:
        """Free the room of notes that were added up; raise psycopg.Error."""


class FreshnessFolding:
    """Folds until it is closed, ``every_s`` after the last time."""

    def __init__(self, store: FoldedStore, every_s: float = FOLD_S) -> None:
        self._store = store
        self._every_s = every_s
        self._last_s = time.monotonic()
        self._untidy = 0
        self._closing = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    async def before_reading(self) -> None:
        """Fold at most ``FOLDED_AT_ONCE`` notes now, because the figures are about to be read:
        else the reader adds them, and a fold does it again. It may fail: they are exact without."""
        # A little later than a fold of its own: who reads each second leaves it nothing to do.
        self._last_s = time.monotonic() + self._every_s / 2
        with contextlib.suppress(psycopg.Error, psycopg_pool.PoolTimeout):
            self._untidy += await self._store.fold()

    async def close(self) -> None:
        """Return when the fold that is under way has ended."""
        self._closing.set()
        await self._task

    async def _run(self) -> None:
        fails = False
        while not await self._closes_before_it_is_due():
            self._last_s = time.monotonic()
            try:
                await self._fold_all()
            except (psycopg.Error, psycopg_pool.PoolTimeout) as error:
                if not fails:  # once, not each second
                    _log.warning("counts cannot be folded now: %s", error)
                fails = True
            else:
                fails = False

    async def _closes_before_it_is_due(self) -> bool:
        while (
            wait_s := self._last_s + self._every_s - time.monotonic()
        ) > 0 and self._untidy < TIDIED_AFTER:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), wait_s)
                return True
        return self._closing.is_set()

    async def _fold_all(self) -> None:
        folded = FOLDED_AT_ONCE
        while folded == FOLDED_AT_ONCE and not self._closing.is_set():
            folded = await self._store.fold()
            self._untidy += folded
        if self._untidy >= TIDIED_AFTER:
            self._untidy = 0
            await self._store.tidy()
