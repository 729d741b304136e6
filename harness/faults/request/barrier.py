"""A barrier at the gateway: the first batches of several tabs reach the target at the same moment.

    barrier = Barrier(gateway, parties=5)
    async with run.fault(barrier):
        ...                                   # each tab sends a batch, which is held back
        await barrier.gathered(timeout_s=10)
        barrier.release()

Tabs that are opened together send apart: the first was ahead of the others by up to a second in
every run that was measured, and what a target does to batches that meet was never seen. A barrier
makes them meet, and a row for each (``RequestReleased``) says which ones. Of every batch the head
and half the body are forwarded first, and the rest when all have come so far: a target that handles
requests as they arrive then has all of them in its hands at once.

A browser opens six connections to a host: of more tabs of one browser it can hold no more, and the
others send when these have gone on.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from harness.core.clock import pause
from harness.core.errors import WaitTimeout
from harness.core.wait import wait_until
from harness.faults.request.answers import ALL_BATCHES, FeltByUse, Which
from harness.faults.request.gateway import Gateway, Onward
from harness.faults.request.messages import Answer, Call

_ALL_S = 0.5
"""How long a half waits for the others at most: a connection may not come about."""
HALVES_S = 0.15
"""How long the target has no more than half of each body: time to begin with all of them."""


class Barrier(FeltByUse):
    """Holds back the first batch of each tab until it is released; ``parties`` are awaited.

    Batches that name no tab pass, and so does everything once it was released. Healing releases.
    """

    decides = False
    disturbs = False
    """No connection breaks: a request that is processed twice is not excused by it."""

    def __init__(self, gateway: Gateway, parties: int, *, which: Which = ALL_BATCHES) -> None:
        super().__init__(gateway, f"first batches held for {parties} tabs", which, None)
        self.parties = parties
        self._held: dict[str, Call] = {}
        self._halfway = 0
        self._open = asyncio.Event()

    async def inject(self) -> None:
        """Hold back the batches that arrive from now on."""
        self._held.clear()
        self._halfway = 0
        self._open.clear()
        await super().inject()

    async def heal(self) -> None:
        """Let everything pass."""
        self.release()
        await super().heal()

    def takes(self, call: Call) -> bool:
        """Say whether it holds this request back, and count it if so."""
        tab = call.batch.tab if call.batch else None
        if tab is None or tab in self._held or self._open.is_set() or not super().takes(call):
            return False
        self._held[tab] = call
        return True

    async def act(self, call: Call, onward: Onward) -> Answer:
        """Hold it back, then forward it in two halves."""
        self.acted(call, "held it back until it was released with others")
        await self._open.wait()
        return await onward(replace(call, halfway=self._all_are_halfway))

    async def gathered(self, *, timeout_s: float) -> bool:
        """Return whether as many batches as there are parties were held back in time."""

        def is_full() -> bool:
            return len(self._held) >= self.parties

        with contextlib.suppress(WaitTimeout):
            await wait_until("every tab's first batch is held", is_full, timeout_s=timeout_s)
        return is_full()

    def release(self) -> None:
        """Let go of all that is held, at once; a second time it does nothing."""
        if not self._open.is_set():
            self._open.set()
            self._gateway.released(self.name, list(self._held.values()))

    async def _all_are_halfway(self) -> None:
        self._halfway += 1

        def are_there() -> bool:
            return self._halfway >= len(self._held)

        with contextlib.suppress(WaitTimeout):
            await wait_until("all are halfway", are_there, timeout_s=_ALL_S)
        await pause(HALVES_S)
