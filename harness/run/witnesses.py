"""The witnesses part of a run: what watches the database, the machine and the server meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from harness.faults.request.recording import RecordingRelay
from harness.ledger.kinds import ACTIVITY, DATABASE, MACHINE, TOPOLOGY, WIRE
from harness.run.context import RunContext
from harness.target.capabilities import Capability, Wrong
from harness.target.described.dialect import DescribedDialect
from harness.target.neighbours import likenesses_of, one_pair_each
from harness.witnesses.activity import ActivityWitness
from harness.witnesses.catalogue import CatalogueWitness
from harness.witnesses.database import DatabaseWitness
from harness.witnesses.machine import MachineWitness
from harness.witnesses.topology.every_shard import ShardsWitness
from harness.witnesses.topology.witness import TopologyWitness, engines_of
from harness.witnesses.truth.own_view import OwnViews
from harness.witnesses.truth.sources import source_of
from harness.witnesses.truth.witness import StoredWitness, TruthWitness

if TYPE_CHECKING:
    from harness.witnesses.topology.messages import MessageTrace


class Witnesses:
    """Starts them together; each ends with the run."""

    def __init__(
        self, context: RunContext, *, browser_processes: Callable[[], Mapping[str, int]]
    ) -> None:
        """``browser_processes`` returns name → process id of the browsers that run now."""
        site, ledger = context.site, context.ledger
        self._context = context
        self._browser_processes = browser_processes
        self.database = _stored_witness(context)
        self._machine = MachineWitness(self._processes, ledger.witness(MACHINE))
        engines = engines_of(site)
        # A witness without anything to see would write an empty file.
        self._topology = (
            TopologyWitness(engines, site.processes, ledger.witness(TOPOLOGY)) if engines else None
        )
        self._trace: MessageTrace | None = None
        if site.queue is not None:
            from harness.witnesses.topology.messages import MessageTrace  # with a client of its own

            self._trace = MessageTrace(site.queue.url, ledger.witness(TOPOLOGY))
        self._activity = None
        dsns = site.shards.dsns if site.shards else [site.dsn] if site.dsn else []
        self._catalogues = [
            CatalogueWitness(dsn, site.table, ledger.witness(DATABASE)) for dsn in dsns
        ]
        if Capability.DATABASE_ACTIVITY in site.capabilities and site.dsn:
            self._activity = ActivityWitness(
                site.dsn,
                site.table,
                site.direct_url,
                None if len(site.server_urls) > 1 else site.system.dialect.metrics,
                ledger.witness(ACTIVITY),
            )

    @property
    def probes(self) -> Mapping[str, Callable[[], str]]:
        """Return witness → what returns how it has failed, empty while it works."""
        found = {
            "database witness": self.database.failure,
            "machine witness": self._machine.failure,
        }
        if self._topology is not None:
            found["topology witness"] = self._topology.failure
        if self._trace is not None:
            found["broker witness"] = self._trace.failure
        return found | ({"activity witness": self._activity.failure} if self._activity else {})

    async def start(self) -> None:
        """Start all of them. Raises HarnessError when what is stored cannot be read."""
        exits = self._context.exits
        exits.push_async_callback(self.database.stop)
        await self.database.start()
        for catalogue in self._catalogues:
            await catalogue.ask()
            exits.push_async_callback(catalogue.ask_again)
        if self._context.site.database_log is not None:
            await self.database.violate()
        self._machine.start()
        exits.callback(self._machine.stop)
        if self._topology is not None:
            self._topology.start()
            exits.callback(self._topology.stop)
        if self._trace is not None:
            self._trace.start()
            exits.callback(self._trace.stop)
        if self._activity is not None:
            self._activity.start()
            exits.callback(self._activity.stop)

    async def prove(self, relay: RecordingRelay) -> None:
        """Send a view through a relay, which must see it, and let it record from then on.

        Raises HarnessError when it does not.
        """
        dialect = self._context.system.dialect
        assert isinstance(dialect, DescribedDialect)
        view = await OwnViews(dialect, relay.url).send()
        relay.check_seen(view.sent)
        relay.record_into(self._context.ledger.witness(WIRE))

    def _processes(self) -> dict[str, int]:
        return {**self._context.site.processes, **self._browser_processes()}


def _stored_witness(context: RunContext) -> StoredWitness:
    """Return what reads back what is stored: over SQL, or as a target file says."""
    site, witness = context.site, context.ledger.witness(DATABASE)
    described = site.system.described
    if described is None:
        own_row = Capability.OWN_ROW in site.capabilities
        own_shapes = one_pair_each(likenesses_of(site.system.dialect), "own-")
        if site.shards is not None:
            return ShardsWitness(
                site.shards.dsns,
                site.table,
                witness,
                context.ledger.witness(TOPOLOGY),
                own_row=own_row,
                own_shapes=own_shapes,
            )
        return DatabaseWitness(
            site.dsn, site.table, witness, own_row=own_row, own_shapes=own_shapes
        )
    source = source_of(described, base_url=site.direct_url, data=site.data)
    dialect = site.system.dialect
    assert isinstance(dialect, DescribedDialect)
    return TruthWitness(
        source,
        described.ids,
        witness,
        own=OwnViews(dialect, site.direct_url),
        settle_s=site.settle_s,
        may_lose=not site.system.promise.excludes(Wrong.LOSS),
        resets=described.reset is not None,
    )
