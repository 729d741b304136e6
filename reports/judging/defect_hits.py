"""Seeded defects in a run: how often the switch of each was reached, by any witness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from harness.ledger.kinds.client import PageDefectReached
from harness.ledger.kinds.network import HarnessDefectReached
from harness.ledger.kinds.server import ServerDefectReached
from reports.core.kinds import of_kind, payloads
from reports.evidence.frame import LedgerFrames


def hits(ledger: LedgerFrames) -> Mapping[str, int]:
    """Return defect → how often its switch was reached."""
    found: Counter[str] = Counter()
    # By columns: of a ledger that is judged in parts rows hold no ids, and are not whole.
    lines = of_kind(ledger.server, ServerDefectReached)
    for defect, times in zip(lines["defect"], lines["hits"], strict=True):
        found[str(defect)] += int(times)
    for one in payloads(ledger.network, HarnessDefectReached):
        found[one.defect] += one.hits
    for event in payloads(of_kind(ledger.client, PageDefectReached), PageDefectReached):
        found[event.reason or ""] += 1
    return found
