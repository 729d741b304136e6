"""The database dies at the moment at which a batch is acknowledged.

A commit that was acknowledged is a promise. Nothing but a crash within the next milliseconds shows
whether it was kept: a moment later all is on the disk anyway.
"""

from __future__ import annotations

from harness.faults.request.answers import ALL_BATCHES, FeltByUse, Which
from harness.faults.request.gateway import Gateway, Onward
from harness.faults.request.messages import Answer, Call
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.network import DatabaseKilled, NetworkRow
from harness.target.target import Part


class KilledAfterAnswer(FeltByUse):
    """The database is killed (SIGKILL) as soon as the target has acknowledged a batch, once.

    The acknowledgement is sent on when the database is gone. Healing starts it again.
    """

    def __init__(
        self,
        gateway: Gateway,
        part: Part,
        network: WitnessFile[NetworkRow],
        *,
        which: Which = ALL_BATCHES,
    ) -> None:
        super().__init__(gateway, "database killed after an answer", which, None)
        self._part = part
        self._network = network
        self._killed = False

    async def inject(self) -> None:
        """Wait for an acknowledgement."""
        self._killed = False
        await super().inject()

    async def heal(self) -> None:
        """Start the database again, if it was killed; returns when it is ready."""
        await super().heal()
        if self._killed:
            self._killed = False
            await self._part.start()

    async def act(self, call: Call, onward: Onward) -> Answer:
        """Forward; kill at the first success."""
        answer = await onward(call)
        if self._killed or not 200 <= answer.status < 300:
            self.did_nothing()
            return answer
        self._killed = True
        self._network.saw(DatabaseKilled(fault=self.name))
        await self._part.stop(killed=True)
        self.acted(call, f"killed the database at the target's {answer.status}")
        return answer
