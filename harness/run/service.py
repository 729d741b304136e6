"""The server, the database or another part of the target, which can be down for a while."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import psycopg

from harness.core.errors import HarnessError
from harness.faults.process.after_answer import KilledAfterAnswer
from harness.faults.process.locks import WritesWait
from harness.faults.process.restart import Down
from harness.faults.process.still import Still
from harness.faults.request.gateway import Gateway
from harness.ledger.kinds import NETWORK
from harness.run.context import RunContext
from harness.target.capabilities import Capability
from harness.target.session import connected
from harness.target.target import Part


class TargetService:
    """One of the target's parts; ``name`` is ``server``, ``database`` or one of a topology's."""

    def __init__(self, context: RunContext, name: str) -> None:
        self.name = name
        self._context = context

    def down(self, *, killed: bool) -> AbstractAsyncContextManager[None]:
        """Have it gone for the length of the block, and started again after it.

        ``killed``: in the middle of everything; else it is asked to stop and may finish first.
        Raises HarnessError when this target's is not ours to restart.
        """
        witness = self._context.ledger.witness(NETWORK)
        fault = Down(self._part, witness, killed=killed)
        self._context.downed.add(self.name)
        return self._context.fault(fault)

    def still(self) -> AbstractAsyncContextManager[None]:
        """Have its process stand still for the length of the block, and go on after it.

        Raises HarnessError when this target's is not ours to stop.
        """
        return self._context.fault(Still(self._part))

    @property
    def _part(self) -> Part:
        site = self._context.site
        if self.name not in site.parts:
            raise HarnessError(f"this target's {self.name} is not ours to restart")
        return site.parts[self.name]


class Database(TargetService):
    """The target's database."""

    def __init__(self, context: RunContext) -> None:
        super().__init__(context, "database")

    def killed_after_answer(self, gateway: Gateway) -> KilledAfterAnswer:
        """Return a fault that kills it at the first acknowledgement that passes the gateway.

        Raises HarnessError when this target's is not ours to restart.
        """
        witness = self._context.ledger.witness(NETWORK)
        self._context.downed.add(self.name)
        return KilledAfterAnswer(gateway, self._part, witness)

    async def checkpoint(self) -> bool:
        """Make a checkpoint, so that what follows starts with no page yet written whole to the WAL;
        return whether that is possible: the target names its database, and this role may.

        Right after a checkpoint the WAL is several times as large: runs that are compared must
        start at the same distance from one.
        """
        if Capability.TABLE not in self._context.site.capabilities:
            return False
        try:
            async with await connected(self._context.site.dsn) as connection:
                await connection.execute("CHECKPOINT")
        except psycopg.errors.InsufficientPrivilege:
            return False
        return True

    def writes_wait(self) -> WritesWait:
        """Return a fault that keeps every write waiting while it is held; reads go on."""
        return WritesWait(self._context.site.dsn, self._context.site.table)
