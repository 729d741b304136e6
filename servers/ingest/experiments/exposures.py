"""Writes down who really had a variant's configuration: once per user and experiment.

A batch that is stored names the experiments whose options its page uses. They are written after the
answer, over the connections that read: neither a slow table of exposures nor a broken one makes an
impression wait. What a kill -9 loses is named again by the user's next page.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import NamedTuple, Protocol

import psycopg
import psycopg_pool
from prometheus_client import Counter

from servers.ingest.experiments.definition import EXPERIMENTS_MAX, ServedExperiments

WAITING_MAX = 10_000
"""Exposures that wait for the database; what comes on top is dropped and counted."""
RETRY_S = 1.0
CLOSE_S = 3.0
_log = logging.getLogger(__name__)


class Exposure(NamedTuple):
    """A user had a variant of an experiment; ``at_s`` is when the batch came (epoch seconds)."""

    experiment: str
    user: str
    variant: str
    at_s: float


class ExposureStore(Protocol):
    """Where exposures are kept."""

    async def expose(self, exposures: list[Exposure]) -> int:
        """Store those that are new and return their number; raise psycopg.Error."""


class Exposures:
    """Takes what batches name and writes it soon. ``counter`` has one label, the result."""

    def __init__(
        self, experiments: ServedExperiments, store: ExposureStore, counter: Counter
    ) -> None:
        self._experiments = experiments.experiments
        self._store = store
        self._counter = counter
        self._waiting: dict[tuple[str, str], Exposure] = {}
        self._writing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def named(self, user: str, named: Mapping[str, object], at_s: float) -> None:
        """Take what a stored batch of ``user`` names, experiment → variant; never raises.

        What is not the user's own variant is counted as a mismatch and not written.
        """
        for number, (name, variant) in enumerate(named.items()):
            if number >= EXPERIMENTS_MAX:
                self._count("mismatch", len(named) - number)
                break
            experiment = self._experiments.get(name)
            if experiment is None:
                self._count("unknown")
            elif variant != (own := experiment.variant_of(user)):
                self._count("mismatch")
            elif len(self._waiting) >= WAITING_MAX:
                self._count("dropped")
            else:
                self._waiting.setdefault((name, user), Exposure(name, user, own, at_s))
        if self._waiting and self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Write what waits, within ``CLOSE_S``; what is left then is dropped and counted."""
        self._closing.set()
        writing = self._writing
        if writing is not None:
            await asyncio.wait([writing], timeout=CLOSE_S)
            writing.cancel()
            await asyncio.wait([writing])
        if self._waiting:
            self._count("dropped", len(self._waiting))
            self._waiting.clear()

    async def _write(self) -> None:
        try:
            while self._waiting:
                if not await self._write_once() and self._closing.is_set():
                    return
        finally:
            self._writing = None

    async def _write_once(self) -> bool:
        """Write what waits now; after a failure keep it, wait a moment and return False."""
        taken = dict(self._waiting)
        # One order for all writers: two with the same keys cannot deadlock.
        rows = sorted(taken.values())
        try:
            new = await self._store.expose(rows)
        except (psycopg.Error, psycopg_pool.PoolTimeout) as error:
            _log.error("exposures cannot be written: %s", error)
            self._count("failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), RETRY_S)
            return False
        for key in taken:
            del self._waiting[key]
        self._count("new", new)
        self._count("known", len(rows) - new)
        return True

    def _count(self, result: str, amount: int = 1) -> None:
        self._counter.labels(result).inc(amount)
