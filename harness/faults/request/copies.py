"""A request that reaches the target twice at the same moment.

A browser, a proxy or a service worker that sends a request again sends it after the first. Where it
gave up waiting too soon both are under way, and a target that looks whether a view is stored before
it stores it finds twice that it is not.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from harness.core.clock import pause
from harness.core.errors import WaitTimeout
from harness.core.wait import wait_until
from harness.faults.request.answers import ALL_BATCHES, FeltByUse, Which
from harness.faults.request.barrier import HALVES_S
from harness.faults.request.gateway import Gateway, Onward
from harness.faults.request.messages import Answer, Call

COPIES = 2
_BOTH_S = 0.5
"""How long a half waits for the other's at most: a connection may not come about."""


class SentTwice(FeltByUse):
    """Two copies of a request are forwarded, each on a connection of its own; the client gets the
    first one's answer, or the other's where that ends in silence.

    Half of each body goes first, and the rest when both are so far: the target has both in its
    hands before it can have done with either.
    """

    def __init__(
        self, gateway: Gateway, *, times: int | None = None, which: Which = ALL_BATCHES
    ) -> None:
        super().__init__(gateway, "sent twice at once", which, times)

    async def act(self, call: Call, onward: Onward) -> Answer:
        """Forward both copies."""
        halfway = 0

        def are_halfway() -> bool:
            return halfway >= COPIES

        async def meet() -> None:
            nonlocal halfway
            halfway += 1
            with contextlib.suppress(WaitTimeout):
                await wait_until("both copies are halfway", are_halfway, timeout_s=_BOTH_S)
            await pause(HALVES_S)

        both = await asyncio.gather(*(onward(replace(call, halfway=meet)) for _ in range(COPIES)))
        answered = [answer for answer in both if not answer.is_silence]
        if len(answered) < COPIES:
            self.did_nothing()
            return answered[0] if answered else both[0]
        statuses = " and ".join(str(answer.status) for answer in both)
        self.acted(call, f"forwarded it twice at once, answered {statuses}")
        return both[0]
