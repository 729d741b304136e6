"""What a plain client can do on the same bad line at the same time: the measure of fairness.

No client delivers everything within five seconds while half of all packets are lost. So a
recorder is asked to be no worse than a client without any cleverness: a fresh connection for every
request, one try, and patience.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from harness.core.clock import NS_PER_S, every, now
from harness.faults.line.echo import exchange
from harness.faults.line.path import NetworkPath
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.network import NetworkRow, ReferenceRequest

REQUEST_BYTES = 600
PATIENCE_S = 40.0
_MANY = 600


@asynccontextmanager
async def reference_client(
    path: NetworkPath, network: WitnessFile[NetworkRow], *, every_s: float = 1.0
) -> AsyncIterator[None]:
    """For the length of the block send a request at this pace; afterwards wait for the last ones.

    Each is a ``ReferenceRequest``; its time is NaN when no answer came within ``PATIENCE_S``.
    """
    under_way: set[asyncio.Task[None]] = set()

    async def send() -> None:
        async for _ in every(every_s, _MANY):
            under_way.add(asyncio.create_task(_once(path, network)))

    sender = asyncio.create_task(send())
    try:
        yield
    finally:
        sender.cancel()
        await asyncio.gather(sender, *under_way, return_exceptions=True)


async def _once(path: NetworkPath, network: WitnessFile[NetworkRow]) -> None:
    sent = now()
    took_s = math.nan
    try:
        async with asyncio.timeout(PATIENCE_S):
            [streams] = await path.connect_echo()
            try:
                answer = await exchange(streams, up=REQUEST_BYTES)
                took_s = (answer.done_ns - sent.mono_ns) / NS_PER_S
            finally:
                streams[1].transport.abort()
    except (TimeoutError, OSError, EOFError):
        took_s = math.nan
    network.saw(
        ReferenceRequest(
            took_s=took_s, sent_mono_ns=sent.mono_ns, how="a fresh connection, one try"
        )
    )
