"""What the database itself says: the roadmap's query and the system's log."""

from __future__ import annotations

from harness.ledger.schema import Saw
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.pages import (
    records,
)
from reports.verdict.verdict import Finding


@check(needs={Capability.DATABASE})
def roadmap_sql(evidence: Evidence) -> Finding:
    """The roadmap's own query past the server found no (user, artwork) with more than one row."""
    database = evidence.ledger.database
    asked = database[database["kind"] == Saw.ROADMAP_SQL.value]
    finals = database[database["kind"] == Saw.FINAL.value]
    if asked.empty or finals.empty:
        return no_evidence("the roadmap's query was not asked")
    found, rows = int(asked["rows"].iloc[-1]), int(finals["rows"].iloc[-1])
    figures = Figures(measured=found, target=0, unit="rows", n=rows)
    if found:
        last = int(asked["mono_ns"].max())
        twice = database[database["kind"] == Saw.ROADMAP_SQL_ROW.value]
        twice = twice[twice["mono_ns"] == last]
        told = tuple(f"{r['user']}/{r['artwork']}" for r in records(twice.head(EXAMPLES_MAX)))
        return figures.failed(f"the roadmap's query returns {found} rows", examples=told)
    if rows == 0:
        return figures.undecided("the roadmap's query was asked of an empty table")
    return figures.passed(f"the roadmap's query returns 0 rows, of {rows} stored")


@check(needs={Capability.DATABASE_LOG, Capability.RECEIPTS})
def no_violations(evidence: Evidence) -> Finding:
    """PostgreSQL's own log holds no violated unique constraint (SQLSTATE 23505).

    The harness violated one on purpose before the first batch was committed and one after the last:
    a log that does not show both might not have shown another either.
    """
    rows = evidence.ledger.database
    told = rows[rows["kind"] == Saw.VIOLATIONS.value]["rows"]
    if told.empty:
        return no_evidence("there is no log of the database's own")
    receipts = evidence.ledger.server[evidence.ledger.server["kind"] == "batch"]
    if receipts.empty:
        return no_evidence("the server left no receipts of anything written")
    found = int(told.max())
    figures = Figures(measured=found, target=0, unit="violations", n=len(told))
    if found:
        return figures.failed(f"the database logged {found} violations of a constraint")
    ours = rows[rows["kind"] == Saw.SENTINEL.value]
    shown = ours[ours["rows"] == 1]["mono_ns"]
    written = receipts["committed_mono_ns"].dropna()
    if ours.empty or len(shown) < len(ours):
        told_of = f"{len(shown)} of {len(ours)} violations that were made on purpose"
        return figures.undecided(f"the database's log shows {told_of}")
    if not written.empty and not (shown.min() < written.min() and written.max() < shown.max()):
        return figures.undecided("nothing was violated on purpose before or after it all")
    words = f"no violation of a constraint but {shown.nunique()} made on purpose"
    return figures.passed(f"the database logged {words}")
