"""Adds up, each second, what statements have noted about what users have seen.

The figures are exact without it: what is not added up yet is added when they are read. It keeps
that part small. Of several servers on one database whichever comes first does it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

import psycopg
import psycopg_pool

from servers.ingest.storage.rollups import FOLDED_AT_ONCE

FOLDED = {"rollups", "admin"}
"""The improvements whose counts are folded; with a predictive pool there is nothing to fold."""
FOLD_S = 1.0
_log = logging.getLogger(__name__)


class FoldedStore(Protocol):
    """Where the counts are kept."""

    async def fold(self) -> int:
        """Add up at most ``FOLDED_AT_ONCE`` notes and return how many; raise psycopg.Error."""


class FreshnessFolding:
    """Folds until it is closed."""

    def __init__(self, store: FoldedStore, every_s: float = FOLD_S) -> None:
        self._store = store
        self._every_s = every_s
        self._closing = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Return when the fold that is under way has ended."""
        self._closing.set()
        await self._task

    async def _run(self) -> None:
        fails = False
        while True:
            try:
                await asyncio.wait_for(self._closing.wait(), self._every_s)
            except TimeoutError:
                pass
            else:
                return
            try:
                while await self._store.fold() == FOLDED_AT_ONCE and not self._closing.is_set():
                    pass  # there is more
            except (psycopg.Error, psycopg_pool.PoolTimeout) as error:
                if not fails:  # once, not each second
                    _log.warning("counts cannot be folded now: %s", error)
                fails = True
            else:
                fails = False
