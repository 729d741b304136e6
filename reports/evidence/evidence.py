"""The evidence of one run: what checks, plots and measures look at."""

from __future__ import annotations

from dataclasses import dataclass

from harness.target.capabilities import EVERYTHING, Capability, Promise, from_keys
from reports.evidence.exchange.contradictions import contradictions
from reports.evidence.exchange.kinds_due import kinds_due
from reports.evidence.fates import Fates, classify
from reports.evidence.frame import LedgerFrames
from reports.evidence.table.read_back import read_back


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
        name = f"fates, late after {self.late_after_s} s"
        return self.ledger.remembered(
            name, lambda: classify(self.ledger, late_after_s=self.late_after_s)
        )

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
    def is_whole(self) -> bool:
        """Return whether the run is complete and nothing is missing that its target can show."""
        ledger = self.ledger
        is_complete = ledger.end is not None and ledger.end.status == "complete"
        is_read = Capability.DATABASE not in self.capabilities or (
            self.fates.decided and not read_back(ledger).trouble
        )
        is_consistent = not ledger.gaps and not contradictions(ledger) and not kinds_due(ledger)
        return is_complete and is_read and is_consistent
