"""What the database promises: one row for each impression, and commits that survive a crash."""

from __future__ import annotations

from harness.ledger.kinds import DATABASE, SERVER
from harness.ledger.kinds.database import (
    DatabaseSetting,
    SessionsCommitted,
    UniqueIndex,
    UniqueIndexes,
)
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import is_kind, of_kind, payloads
from reports.evidence.evidence import Evidence
from reports.evidence.pages import batch_receipts
from reports.verdict.verdict import Finding

_LOSES = {
    "fsync": ("off", "a crash of the machine can lose or destroy what was committed"),
    "synchronous_commit": ("off", "a crash can lose what was committed in the last moments"),
    "full_page_writes": ("off", "a crash can leave a page half written"),
}
"""Setting → the value that breaks the promise of a commit, and why."""
RECORDS_MIN = 100
COMMITS_MIN = 5
"""What a role's sessions must have written, and the server committed, before it says something that
none of them ever waited: a commit that waits finds its records on the disk already only where
another session has just synced them."""


@check(
    needs={Capability.TABLE},
    always=True,
    applies=lambda evidence: bool(is_kind(evidence.ledger.database, UniqueIndexes).any()),
    rests_on={DATABASE.name},
)
def unique_index_holds(evidence: Evidence) -> Finding:
    """The catalogue shows a unique index that keeps one row for each user and artwork.

    It is valid, has exactly these two as its key columns, leaves out no rows by a predicate, and
    its collation takes no two different texts for equal. Asked at the beginning and at the end of
    a run, of a target whose table promises such an index.
    """
    database = of_kind(evidence.ledger.database, UniqueIndex, UniqueIndexes)
    fewest, reasons, columns, times = None, list[str](), "", 0
    for _, frame in database.groupby("mono_ns"):
        asked = payloads(frame, UniqueIndexes)
        if not asked:
            continue  # the run ended in between
        times += 1
        problems = {
            index.name: _problem(index, set(asked[0].promised))
            for index in payloads(frame, UniqueIndex)
        }
        keep = sum(problem == "" for problem in problems.values())
        if fewest is None or keep < fewest:
            fewest, columns = keep, " and ".join(asked[0].promised)
            reasons = [f"{name}: {problem}" for name, problem in problems.items() if problem]
    if fewest is None:
        return no_evidence("the catalogue was not asked for unique indexes")
    figures = Figures(measured=fewest, target=1, unit="indexes", n=times)
    if not fewest:
        return figures.failed(
            f"no unique index keeps one row for each {columns}", examples=sorted(reasons)
        )
    return figures.passed(f"a unique index keeps one row for each {columns}")


def _problem(index: UniqueIndex, promised: set[str]) -> str:
    """Return why an index does not keep the promise, empty if it does."""
    if set(index.columns) != promised or len(index.columns) != len(promised):
        names = ", ".join(name or "an expression" for name in index.columns)
        return f"its key is {names}"
    if not index.is_valid:
        return "it is not valid"
    if index.is_partial:
        return "it leaves out rows by a predicate"
    return "its collation takes different texts for equal" if index.folds else ""


@check(
    needs={Capability.TABLE},
    always=True,
    applies=lambda evidence: bool(is_kind(evidence.ledger.database, DatabaseSetting).any()),
    rests_on={DATABASE.name, SERVER.name},
)
def commits_durable(evidence: Evidence) -> Finding:
    """The database's settings keep what was committed: ``fsync``, ``synchronous_commit`` and
    ``full_page_writes`` are not off, at the beginning and at the end of a run.

    What a session sets for itself shows in what it does: one whose commits wait writes the log out
    and syncs it (PostgreSQL 18 counts that by session). Sessions that wrote fewer than
    ``RECORDS_MIN`` records, in a run of fewer than ``COMMITS_MIN`` commits, are not judged by it.
    """
    settings = payloads(evidence.ledger.database, DatabaseSetting)
    values = [(one.name, one.value) for one in settings if one.name in _LOSES]
    if not values:
        return no_evidence("the database was not asked for its settings")
    wrong = [name for name, value in values if value == _LOSES[name][0]]
    figures = Figures(measured=len(wrong), target=0, unit="settings", n=len(values))
    if wrong:
        name = wrong[0]
        return figures.failed(f"{name} is off: {_LOSES[name][1]}", examples=sorted(set(wrong)))
    if careless := _never_waited(evidence):
        return figures.failed(
            f"synchronous_commit is off in sessions: {careless[0]}", examples=careless
        )
    if missing := sorted(_LOSES.keys() - {name for name, _ in values}):
        return figures.undecided(f"the database does not tell {', '.join(missing)}")
    return figures.passed(", ".join(sorted({f"{name} {value}" for name, value in values})))


def _never_waited(evidence: Evidence) -> list[str]:
    """Return in words which roles wrote much into the log and never waited for the disk."""
    receipts = batch_receipts(evidence.ledger)
    if int(receipts["committed_mono_ns"].notna().sum()) < COMMITS_MIN:
        return []
    return [
        f"those of {one.role} wrote {one.wal_records} records into the log, and none waited for it"
        for one in payloads(evidence.ledger.database, SessionsCommitted)
        if one.wal_records >= RECORDS_MIN and not one.wal_flushes
    ]
