"""The evidence of one run: what checks, plots and measures look at."""

from __future__ import annotations

from dataclasses import dataclass

from reports.evidence.fates import Fates
from reports.evidence.frame import LedgerFrames


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a check may look at: the closed ledger, and every impression's fate."""

    ledger: LedgerFrames
    fates: Fates
