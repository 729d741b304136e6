"""What a fault is: it breaks something, heals it, and leaves a record of both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from harness.ledger.files import WitnessFile
from harness.ledger.kinds.network import (
    ChangeEnd,
    ChangeInjecting,
    ChangeStart,
    FaultEnd,
    FaultInjecting,
    FaultStart,
    NetworkRow,
    SentinelArmed,
    SentinelBitten,
    SentinelUnharmed,
)


class Fault(Protocol):
    """Something that can be broken and healed.

    ``evidence`` is the sentinel: it looks, through the same path as the clients, whether the
    fault is live, and returns what it saw; an empty string means that no effect was seen.

    Two attributes are optional. A fault with ``acts_on_use = True`` is felt only by the requests
    that it acts on: its sentinel looks once, before healing. One with ``disturbs = False`` breaks
    nothing, so its span is called ``change_start`` … ``change_end`` and excuses no wait.
    """

    name: str

    async def inject(self) -> None:
        """Break it; returns when it is broken."""

    async def heal(self) -> None:
        """Undo the fault; safe to call after half an injection."""

    async def evidence(self) -> str:
        """Return what proves that the fault is live now, or an empty string."""


@asynccontextmanager
async def held(fault: Fault, network: WitnessFile[NetworkRow]) -> AsyncIterator[None]:
    """Hold a fault for the length of the block and record its span as it really happened."""
    acts_on_use = getattr(fault, "acts_on_use", False)
    disturbs = getattr(fault, "disturbs", True)
    injecting = FaultInjecting if disturbs else ChangeInjecting
    start = FaultStart if disturbs else ChangeStart
    end = FaultEnd if disturbs else ChangeEnd
    network.saw(injecting(fault=fault.name))
    try:
        await fault.inject()
        network.saw(start(fault=fault.name))
        if acts_on_use:
            network.saw(SentinelArmed(fault=fault.name, why="waits for a request"))
        else:
            await _testify(fault, network, "after injection")
        yield
        await _testify(fault, network, "before healing")
    finally:
        await fault.heal()
        network.saw(end(fault=fault.name))


async def _testify(fault: Fault, network: WitnessFile[NetworkRow], when: str) -> None:
    seen = await fault.evidence()
    sentinel = SentinelBitten if seen else SentinelUnharmed
    network.saw(sentinel(fault=fault.name, seen=f"{when}: {seen or 'no effect was seen'}"))
