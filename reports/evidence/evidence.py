"""The evidence of one run: what checks, plots and measures look at."""

from __future__ import annotations

from dataclasses import dataclass

from harness.ledger.files import witness_of
from harness.ledger.kinds import CLIENT, DATABASE, LOAD, SERVER, VIEWER, WITNESSES
from harness.target.capabilities import EVERYTHING, Capability, Promise, from_keys
from reports.evidence.exchange.contradictions import contradictions
from reports.evidence.exchange.kinds_due import kinds_due
from reports.evidence.exchange.rows_twice import rows_twice
from reports.evidence.exchange.unsent import counted_otherwise
from reports.evidence.fates import Fates, classify
from reports.evidence.frame import LedgerFrames
from reports.evidence.table.read_back import read_back

EVERY_WITNESS = frozenset({*WITNESSES, SERVER.name})
"""The names of all witnesses, the target's receipts among them."""


DAMAGED = "damaged witnesses"
"""The name under which a ledger remembers the witnesses whose evidence is not whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a check may look at: the closed ledger, and every impression's fate.

    ``late_after_s`` is from when on a stored impression counts as late, in seconds as
    ``classify`` counts them; None: nothing is late.
    """

    ledger: LedgerFrames
    late_after_s: float | None = None

    @property
    def fates(self) -> Fates:
        """Return every impression's fate, classified when first asked for."""
        return self.ledger.remembered(
            self.fates_name, lambda: classify(self.ledger, late_after_s=self.late_after_s)
        )

    @property
    def fates_name(self) -> str:
        """Return the name under which the ledger remembers the fates."""
        return f"fates, late after {self.late_after_s} s"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Return what the run's target offers, as run.json records it.

        Everything where it records nothing: an older harness tried only the reference system.
        """
        target = self.ledger.run.target
        if target is None or target.capabilities is None:
            return EVERYTHING
        return from_keys(target.capabilities)

    @property
    def promise(self) -> Promise:
        """Return what the run's target promises of delivery, as run.json records it."""
        target = self.ledger.run.target
        return Promise(target.promise) if target else Promise.EXACTLY_ONCE

    @property
    def damaged(self) -> frozenset[str]:
        """Return the witnesses whose evidence is not whole: what a witness may have missed, changed
        or invented proves nothing. Every one where the run did not come to its planned end."""
        return self.ledger.remembered(DAMAGED, self._damaged)

    def _damaged(self) -> frozenset[str]:
        ledger = self.ledger
        if ledger.end is None or ledger.end.status != "complete":
            return EVERY_WITNESS
        found = {one.witness for one in (*kinds_due(ledger), *rows_twice(ledger))}
        for gap in ledger.gaps:
            named = witness_of(gap.partition(" ")[0].partition(":")[0])
            if named not in EVERY_WITNESS:
                return EVERY_WITNESS
            found.add(named)
        if counted_otherwise(ledger):
            found.add(LOAD.name)
        if contradictions(ledger):
            found |= {VIEWER.name, CLIENT.name}
        if Capability.DATABASE in self.capabilities and (
            not self.fates.decided or read_back(ledger).trouble
        ):
            found.add(DATABASE.name)
        return frozenset(found)
