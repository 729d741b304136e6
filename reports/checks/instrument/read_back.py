"""Reads of the table: was it the target's own, every time?"""

from __future__ import annotations

from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.table.read_back import read_back
from reports.verdict.verdict import Finding


@check(
    needs={Capability.DATABASE, Capability.OWN_ROW},
    always=True,
    instrument=True,
    applies=lambda evidence: read_back(evidence.ledger).is_expected,
)
def table_read_back(evidence: Evidence) -> Finding:
    """Every poll and the final read found the row that the harness itself had written, no other
    harness writes into the table, and no other relation has its name."""
    found = read_back(evidence.ledger)
    figures = Figures(measured=len(found.trouble), target=0, n=found.reads)
    if found.trouble:
        return figures.undecided("; ".join(found.trouble))
    if not found.is_expected or not found.reads:
        return no_evidence("the table was not read, or no row of the harness's own was written")
    return figures.passed(f"all {found.reads} reads found the harness's own row")
