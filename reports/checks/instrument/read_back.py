"""Reads of the table: was it the target's own, every time?"""

from __future__ import annotations

from harness.ledger.kinds.database import Final, FinalRow, RoadmapQuery, RoadmapQueryRow
from harness.ledger.kinds.network import Quiet, Unquiet
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.evidence.evidence import Evidence
from reports.evidence.fates import KEY, keys_of
from reports.evidence.frame import LedgerFrames
from reports.evidence.table.read_back import counted_otherwise, read_back
from reports.verdict.verdict import Finding


@check(
    needs={Capability.DATABASE},
    always=True,
    instrument=True,
    applies=lambda evidence: _finals(evidence.ledger) is not None,
)
def last_reads_agree(evidence: Evidence) -> Finding:
    """The final read, the database's own count right after it, the roadmap's query and the note
    that the run was at rest speak of one table: as many rows, and the same impressions with more
    than one row."""
    ledger = evidence.ledger
    final = _finals(ledger)
    if final is None:
        return no_evidence("no other read followed the final one")
    rows, twice = final
    wrong = []
    quiet = of_kind(ledger.network, Quiet, Unquiet)["value"].dropna()
    if len(quiet) and int(quiet.iloc[-1]) != rows:
        wrong.append(f"the final read found {rows} rows, {int(quiet.iloc[-1])} were noted at rest")
    wrong += counted_otherwise(ledger)
    asked = of_kind(ledger.database, RoadmapQuery)
    if len(asked):
        found = of_kind(ledger.database, RoadmapQueryRow)
        found = found[found["mono_ns"] == asked["mono_ns"].max()]
        if set(keys_of(found, KEY)) != twice:
            wrong.append(
                f"the final read found {len(twice)} impressions with more than one row, the "
                f"roadmap's query {len(found)}"
            )
    figures = Figures(measured=len(wrong), target=0, n=rows)
    if wrong:
        return figures.undecided("; ".join(wrong))
    return figures.passed(f"the reads of {rows} rows agree")


def _finals(ledger: LedgerFrames) -> tuple[int, set[int]] | None:
    """Return how many rows the last final read found and which impressions more than once; None
    where no later read could contradict it."""
    finals = of_kind(ledger.database, Final)
    others = len(of_kind(ledger.database, RoadmapQuery)) + len(of_kind(ledger.network, Quiet))
    if finals.empty or not others:
        return None
    last = finals["mono_ns"].max()
    rows = of_kind(ledger.database, FinalRow)
    rows = rows[(rows["mono_ns"] == last) & (rows["copies"] > 1)]
    return int(finals["rows"].iloc[-1]), set(keys_of(rows, KEY))


@check(
    needs={Capability.DATABASE, Capability.OWN_ROW},
    always=True,
    instrument=True,
    applies=lambda evidence: read_back(evidence.ledger).is_expected,
)
def table_read_back(evidence: Evidence) -> Finding:
    """Every poll and the final read found the row that the harness itself had written, no other
    harness writes into the table, no other relation has its name, and no row-level security chooses
    what is read."""
    found = read_back(evidence.ledger)
    figures = Figures(measured=len(found.trouble), target=0, n=found.reads)
    if found.trouble:
        return figures.undecided("; ".join(found.trouble))
    if not found.is_expected or not found.reads:
        return no_evidence("the table was not read, or no row of the harness's own was written")
    return figures.passed(f"all {found.reads} reads found the harness's own row")
