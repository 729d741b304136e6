"""The quiescence part of a run: nothing in flight, nothing being written, nothing on its way."""

from __future__ import annotations

import asyncio
import contextlib

from harness.core.clock import NS_PER_S, now, pause
from harness.core.errors import WaitTimeout
from harness.core.wait import wait_until
from harness.ledger.kinds import NETWORK
from harness.ledger.kinds.network import Quiet, Unquiet
from harness.run.browser_registry import BrowserRegistry
from harness.run.context import RunContext
from harness.run.network import Network
from harness.target.http import batches_in_flight
from harness.witnesses.topology.broker import waiting
from harness.witnesses.truth.witness import StoredWitness, TruthWitness

SETTLE_TIMEOUT_S = 60.0
READ_GAP_S = 0.2
LOSS_GRACE_S = 10.0
"""How long it must stay quiet before a row that is missing counts as lost."""
ANSWER_READ_S = 0.3
"""How long a page may take to read an answer that has left, where it does not tell."""
_LAST_STATEMENTS_S = 5.0


class Quiescence:
    """Waits until the pages, the server and the database are quiet, and makes the final read."""

    def __init__(
        self,
        context: RunContext,
        network: Network,
        registry: BrowserRegistry,
        database: StoredWitness,
    ) -> None:
        self._context = context
        self._network = network
        self._registry = registry
        self._database = database

    async def shown_is_stored(self) -> bool:
        """Return whether everything that was shown so far is stored now."""
        return await self._database.holds(self._context.shown)

    async def until_stored(self, user: str, timeout_s: float) -> bool:
        """Wait until all that a user was shown so far is stored; return whether it was in time.

        It is what a page is waited for by that does not list its queue. Such a page may not have
        read yet the answer to its last request, and has a moment for it.
        """

        async def is_stored() -> bool:
            return await self._database.holds(
                {one for one in self._context.shown if one[0] == user}
            )

        with contextlib.suppress(WaitTimeout):
            await wait_until(
                f"what {user} was shown is stored", is_stored, timeout_s=timeout_s, interval_s=0.1
            )
            await pause(ANSWER_READ_S)
            return True
        return False

    async def settle(self, *, timeout_s: float = SETTLE_TIMEOUT_S) -> None:
        """Wait for quiescence, then make the final read.

        Quiescence: every open tab's queue and in-flight are empty, the server has nothing in
        flight, a message queue behind it is empty and its workers have nothing, no statement is
        active in the database, and two reads one gap apart are equal. While something that was
        shown has no row yet, it must have stayed so for ``LOSS_GRACE_S``: a beacon that a stalled
        machine still holds is no loss of the target's. If it is not reached within ``timeout_s``
        the final read is made all the same and the ledger says ``unquiet``; what is queued then is
        ``undelivered``. Raises HarnessError when the path of the visitors died meanwhile, or what
        is stored does not follow from what is read: what is missing then is no loss of the target's
        either.
        """
        phases = self._context.phases
        with phases.during("settle"):
            await self._network.check()
            reason = await self._not_reached(timeout_s + self._context.site.settle_s)
            for tab in self._registry.tabs:
                reason = reason or ("a page still has a queue" if await tab.pending() else "")
        with phases.during("final read"):
            await self._final(reason)

    async def _final(self, reason: str) -> None:
        """Make the final read, ask what is asked after it, and record why it was not quiet."""
        if isinstance(self._database, TruthWitness):
            was_down = bool(self._context.downed)
            await self._database.rely(self._context.shown, was_down=was_down)
        rows = await self._database.final()
        if self._context.site.database_log is not None:
            await self._database.violate()
            await self._database.violations(self._context.site.database_log)
        rest = Unquiet if reason else Quiet
        network = self._context.ledger.witness(NETWORK)
        network.saw(rest(rows=rows, why=reason or "two equal reads"))

    async def last_read(self, why: str) -> None:
        """Make the final read of a run that cannot go on; the ledger says ``unquiet`` and ``why``.

        What the target had under way may end first, for a few seconds.
        """

        async def is_idle() -> bool:
            return await self._database.active_inserts() == 0

        with contextlib.suppress(WaitTimeout):
            await wait_until("no statement is active", is_idle, timeout_s=_LAST_STATEMENTS_S)
        rows = await self._database.final()
        self._context.ledger.witness(NETWORK).saw(Unquiet(rows=rows, why=why))

    async def _not_reached(self, timeout_s: float) -> str:
        """Wait for quiescence; return why it was not reached in time, or an empty string."""
        try:
            async with asyncio.timeout(timeout_s):
                for tab in self._registry.tabs:
                    await tab.drained(timeout_s)
                await self._until_quiet(timeout_s)
        except (TimeoutError, WaitTimeout) as error:
            return str(error) or f"not quiet within {timeout_s:g} s"
        return ""

    async def _until_quiet(self, timeout_s: float) -> None:
        """Wait until two reads one gap apart are equal, with nothing in flight in between.

        While a row of what was shown is missing it must have stayed so for ``LOSS_GRACE_S``, and in
        any case for as long as the target may take to store what it acknowledged. Raises
        WaitTimeout.
        """
        quiet_since_ns: int | None = None
        settle_s = self._context.site.settle_s

        async def is_settled() -> bool:
            nonlocal quiet_since_ns
            if not await self._is_quiet():
                quiet_since_ns = None
                return False
            quiet_since_ns = quiet_since_ns or now().mono_ns
            quiet_s = (now().mono_ns - quiet_since_ns) / NS_PER_S
            if quiet_s < settle_s:
                return False
            return quiet_s >= LOSS_GRACE_S or await self.shown_is_stored()

        await wait_until(
            "the server and the database are quiet",
            is_settled,
            timeout_s=timeout_s,
            interval_s=READ_GAP_S,
        )

    async def _is_quiet(self) -> bool:
        before = await self._database.count()
        if await self._in_flight() or await self._database.active_inserts():
            return False
        await pause(READ_GAP_S)  # quiescence is two equal reads this far apart
        return (
            await self._in_flight() == 0
            and await self._database.active_inserts() == 0
            and await self._database.count() == before
        )

    async def _in_flight(self) -> int:
        """Return the batches in flight at the server, 0 where it has no probe that tells."""
        site = self._context.site
        if not site.system.dialect.readiness_path:
            return 0
        dialect, urls = site.system.dialect, site.server_urls or (site.direct_url,)
        # Each tells of its own: a balancer would answer for whichever it asks.
        asked = sum([await batches_in_flight(dialect, url) for url in urls])
        return asked + (await self._queued() if site.queue else 0)

    async def _queued(self) -> int:
        """Return how many batches are in the target's queue or with its workers; one where the
        broker does not tell."""
        assert self._context.site.queue is not None
        try:
            return await asyncio.to_thread(waiting, self._context.site.queue.metrics_url)
        except OSError:
            return 1
