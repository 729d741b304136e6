"""What is kept of users: an erasure takes all of one and nothing of another; deletions disturb no
reading of the history."""

from __future__ import annotations

from collections import Counter, defaultdict

from harness.ledger.kinds.client import HistoryPage
from harness.ledger.kinds.database import RowsExpired, UserKept
from harness.ledger.kinds.viewer import ViewShown
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind, payloads, records
from reports.evidence.evidence import Evidence
from reports.evidence.fates import Fate
from reports.verdict.verdict import Finding

_LOST = [
    fate.value for fate in (Fate.VANISHED, Fate.LOST_ACKED, Fate.LOST_UNACKED, Fate.UNDELIVERED)
]


@check(needs={Capability.DATABASE})
def erasure_exact(evidence: Evidence, *, tables: int) -> Finding:
    """After an erasure no table holds a row of the user who is erased, and each table holds the
    rows of another user as they were.

    It is undecided where fewer than ``tables`` tables held something of both users before it.
    """
    kept = payloads(evidence.ledger.database, UserKept)
    before = {(one.user, one.table): one for one in kept if not one.is_after}
    after = {(one.user, one.table): one for one in kept if one.is_after}
    if not before or before.keys() != after.keys():
        return no_evidence("what is kept of users was not read before and after an erasure")
    wrong: list[str] = []
    for place, now in sorted(after.items()):
        if now.is_erased and now.held:
            wrong.append(f"{place[1]}: {now.held} rows of the erased user")
        elif not now.is_erased and now.digest != before[place].digest:
            wrong.append(f"{place[1]}: {now.held} rows of another user, not {before[place].held}")
    holds: defaultdict[str, set[bool]] = defaultdict(set)
    for one in before.values():
        if one.held:
            holds[one.table].add(one.is_erased)
    proven = sum(len(users) == 2 for users in holds.values())
    figures = Figures(measured=len(wrong), target=0, unit="tables", n=len(after))
    if wrong:
        return figures.failed(f"{len(wrong)} tables hold too much or too little", examples=wrong)
    if proven < tables:
        return figures.undecided(f"only {proven} tables held something of both, not {tables}")
    return figures.passed(f"nothing is left of the erased user, all of another, {proven} tables")


@check(needs={Capability.DATABASE})
def history_whole(evidence: Evidence, *, pages: int, expired: int) -> Finding:
    """A history that is read page by page lists each impression once; one that is deleted meanwhile
    may be left out, and no other.

    It is undecided with fewer than ``pages`` pages, where the last one was not read, and with fewer
    than ``expired`` deletions.
    """
    read = payloads(evidence.ledger.client, HistoryPage)
    if not read:
        return no_evidence("no history was read")
    gone = {
        (one.user, artwork)
        for one in payloads(evidence.ledger.database, RowsExpired)
        for artwork in one.artworks
    }
    users = {one.user for one in read}
    shown = of_kind(evidence.ledger.viewer, ViewShown)
    shown = shown[shown["user"].isin(users)]
    seen = set(zip(shown["user"], shown["artwork"], strict=True))
    listed = Counter((one.user, artwork) for one in read for artwork in one.artworks)
    wrong = [f"{user}/{artwork}: {n} times" for (user, artwork), n in listed.items() if n > 1]
    wrong += [f"{user}/{artwork}: left out" for user, artwork in sorted(seen - gone - {*listed})]
    wrong += [f"{user}/{artwork}: never seen" for user, artwork in sorted({*listed} - seen)]
    figures = Figures(measured=len(wrong), target=0, unit="entries", n=len(listed))
    if wrong:
        return figures.failed(f"{len(wrong)} entries of the history are wrong", examples=wrong)
    if len(read) < pages or not any(one.is_last for one in read):
        return figures.undecided(f"only {len(read)} pages were read, or not the last one")
    if len(gone) < expired:
        return figures.undecided(f"only {len(gone)} impressions were deleted, not {expired}")
    return figures.passed(f"{len(listed)} entries, each once, while {len(gone)} were deleted")


@check(needs={Capability.DATABASE})
def only_deleted_lost(evidence: Evidence, *, deleted: int) -> Finding:
    """Every impression that is not in the table was deleted on purpose: it is of a user who was
    erased, or among those that a job deleted.

    It is undecided without a final read, and with fewer than ``deleted`` such impressions.
    """
    if not evidence.fates.decided:
        return no_evidence("there was no final read")
    database = evidence.ledger.database
    erased = {one.user for one in payloads(database, UserKept) if one.is_erased and one.is_after}
    gone = {
        (one.user, artwork) for one in payloads(database, RowsExpired) for artwork in one.artworks
    }
    impressions = evidence.fates.impressions
    lost = records(impressions[impressions["fate"].isin(_LOST)])
    wrong = [
        f"{row['user']}/{row['artwork']}: {row['fate']}"
        for row in lost
        if row["user"] not in erased and (row["user"], row["artwork"]) not in gone
    ]
    figures = Figures(measured=len(wrong), target=0, unit="impressions", n=len(lost))
    if wrong:
        return figures.failed(f"{len(wrong)} impressions that were not deleted are lost",
                              examples=wrong)  # fmt: skip
    if len(lost) < deleted:
        return figures.undecided(f"only {len(lost)} impressions were deleted, not {deleted}")
    return figures.passed(f"all {len(lost)} impressions that are gone were deleted on purpose")
