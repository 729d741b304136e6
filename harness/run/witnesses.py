"""The witnesses part of a run: what watches the database, the machine and the server meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.ledger.kinds import ACTIVITY, DATABASE, MACHINE
from harness.run.context import RunContext
from harness.target.capabilities import Capability
from harness.target.neighbours import likenesses_of, one_pair_each
from harness.witnesses.activity import ActivityWitness
from harness.witnesses.catalogue import CatalogueWitness
from harness.witnesses.database import DatabaseWitness
from harness.witnesses.machine import MachineWitness


class Witnesses:
    """Starts them together; each ends with the run."""

    def __init__(
        self, context: RunContext, *, browser_processes: Callable[[], Mapping[str, int]]
    ) -> None:
        """``browser_processes`` returns name → process id of the browsers that run now."""
        site, ledger = context.site, context.ledger
        self._context = context
        self._browser_processes = browser_processes
        self.database = DatabaseWitness(
            site.dsn,
            site.table,
            ledger.witness(DATABASE),
            own_row=Capability.OWN_ROW in site.capabilities,
            own_shapes=one_pair_each(likenesses_of(context.system.dialect), "own-"),
        )
        self._catalogue = CatalogueWitness(site.dsn, site.table, ledger.witness(DATABASE))
        self._machine = MachineWitness(self._processes, ledger.witness(MACHINE))
        self._activity = ActivityWitness(
            site.dsn,
            site.table,
            site.direct_url,
            site.system.dialect.metrics,
            ledger.witness(ACTIVITY),
        )

    @property
    def probes(self) -> Mapping[str, Callable[[], str]]:
        """Return witness → what returns how it has failed, empty while it works."""
        return {
            "database witness": self.database.failure,
            "activity witness": self._activity.failure,
            "machine witness": self._machine.failure,
        }

    async def start(self) -> None:
        """Start all of them. Raises HarnessError when the database is unreachable."""
        exits = self._context.exits
        exits.push_async_callback(self.database.stop)
        await self.database.start()
        await self._catalogue.ask()
        exits.push_async_callback(self._catalogue.ask_again)
        if self._context.site.database_log is not None:
            await self.database.violate()
        self._machine.start()
        exits.callback(self._machine.stop)
        self._activity.start()
        exits.callback(self._activity.stop)

    def _processes(self) -> dict[str, int]:
        return {**self._context.site.processes, **self._browser_processes()}
