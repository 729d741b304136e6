"""The database's own evidence: the roadmap's query and the system's log."""

from __future__ import annotations

from harness.ledger.kinds import DATABASE
from harness.ledger.kinds.database import (
    Final,
    LogSentinel,
    RoadmapQuery,
    RoadmapQueryRow,
    Violations,
)
from harness.ledger.kinds.server import BatchReceipt
from harness.target.capabilities import Capability, Wrong
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.evidence.evidence import Evidence
from reports.evidence.fates import names_of
from reports.evidence.table.read_back import read_back
from reports.verdict.verdict import Finding


@check(
    needs={Capability.DATABASE, Capability.TABLE}, forbids=Wrong.DUPLICATE, rests_on={DATABASE.name}
)
def roadmap_sql(evidence: Evidence) -> Finding:
    """The roadmap's own query, run past the server, returns no (user, artwork) with two rows."""
    database = evidence.ledger.database
    asked = of_kind(database, RoadmapQuery)
    finals = of_kind(database, Final)
    if asked.empty or finals.empty:
        return no_evidence("the roadmap's query was not run")
    count, rows = int(asked["rows"].iloc[-1]), int(finals["rows"].iloc[-1])
    figures = Figures(measured=count, target=0, unit="rows", n=rows)
    if count:
        last = int(asked["mono_ns"].max())
        twice = of_kind(database, RoadmapQueryRow)
        twice = twice[twice["mono_ns"] == last]
        return figures.failed(f"the roadmap's query returns {count} rows", examples=names_of(twice))
    if rows == 0:
        return figures.undecided("the roadmap's query was run on an empty table")
    return figures.passed(f"the roadmap's query returns 0 rows, of {rows} stored")


@check(
    needs={Capability.TABLE, Capability.OWN_ROW},
    always=True,
    applies=lambda evidence: read_back(evidence.ledger).is_expected,
    rests_on={DATABASE.name},
)
def own_row_kept(evidence: Evidence) -> Finding:
    """The row that the harness wrote into the table stays there, once, and so do its ids of every
    likeness, as they were written: nothing deletes, doubles or changes rows behind the server's
    back."""
    found = read_back(evidence.ledger)
    if not found.reads or not found.copies + found.gone:
        return no_evidence("no read looked for a row of the harness's own")
    figures = Figures(measured=found.gone, target=0, unit="reads", n=found.reads)
    if found.gone:
        return figures.failed(
            f"{found.gone} of {found.reads} reads found that the harness's own row had been deleted"
        )
    if found.copies > 1:
        return figures.failed(f"the harness's own row was there {found.copies} times")
    changed = [one for one in found.shapes if one.kept < one.written]
    if changed:
        return figures.failed(
            f"the table holds {changed[0].kept} of {changed[0].written} ids of the harness's own "
            "as they were written",
            examples=changed[0].changed,
        )
    return figures.passed(f"the harness's own row was there, once, in {found.reads} reads")


@check(needs={Capability.DATABASE_LOG, Capability.RECEIPTS})
def no_violations(evidence: Evidence) -> Finding:
    """PostgreSQL's own log holds no violated unique constraint (SQLSTATE 23505).

    The harness violated one on purpose before the first batch was committed and one after the last:
    a log that does not show both might not have shown another either.
    """
    rows = evidence.ledger.database
    logged = of_kind(rows, Violations)["rows"]
    if logged.empty:
        return no_evidence("the database's own log was not read")
    receipts = of_kind(evidence.ledger.server, BatchReceipt)
    if receipts.empty:
        return no_evidence("the server left no receipts of anything written")
    count = int(logged.max())
    figures = Figures(measured=count, target=0, unit="violations", n=len(logged))
    if count:
        return figures.failed(f"the database logged {count} violations of a constraint")
    ours = of_kind(rows, LogSentinel)
    shown = ours[ours["rows"] == 1]["mono_ns"]
    written = receipts["committed_mono_ns"].dropna()
    if ours.empty or len(shown) < len(ours):
        return figures.undecided(
            f"the database's log shows {len(shown)} of {len(ours)} violations made on purpose"
        )
    if not written.empty and not (shown.min() < written.min() and written.max() < shown.max()):
        return figures.undecided("no violation was made on purpose before or after every commit")
    return figures.passed(
        f"the database logged no violation of a constraint but {shown.nunique()} made on purpose"
    )
