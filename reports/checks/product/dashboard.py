"""The dashboard: admins alone see it, each access is kept, export and feed do no harm."""

from __future__ import annotations

from collections import Counter

from harness.core.clock import NS_PER_S
from harness.ledger.kinds.client import AdminTried, ExportRead, FeedWatched
from harness.ledger.kinds.database import AccessesRead, AccessKept
from harness.ledger.kinds.server import BatchReceipt
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import is_kind, of_kind, payloads
from reports.evidence.evidence import Evidence
from reports.verdict.verdict import Finding

Access = tuple[str, str, bool]
"""Who, which part, and whether they were let in."""
_HEARD_S = 5.0
"""How long after its arrival at the server a viewer hears of a batch, at most."""


def _named(who: str, part: str, is_let_in: bool) -> str:
    return f"{who or 'no user'}: {part}, {'let in' if is_let_in else 'refused'}"


@check()
def admins_alone(evidence: Evidence, *, tries: int) -> Finding:
    """All but admins are refused at every part of the dashboard, and an admin at none.

    It is undecided with fewer than ``tries`` tries by others, and where a part was tried by admins
    alone, or by others alone: what refuses everybody keeps nothing safe.
    """
    tried = payloads(evidence.ledger.client, AdminTried)
    others = [one for one in tried if not one.is_admin]
    wrong = [
        f"{one.who}: {one.part}, {one.status}" for one in tried if one.is_let_in != one.is_admin
    ]
    figures = Figures(measured=len(wrong), target=0, unit="tries", n=len(tried))
    if wrong:
        return figures.failed(f"{len(wrong)} of {len(tried)} tries were let in or refused wrongly",
                              examples=wrong)  # fmt: skip
    if len(others) < tries:
        return figures.undecided(f"only {len(others)} tries by others, not {tries}")
    parts = [{one.part for one in tried if one.is_admin is admin} for admin in (True, False)]
    if parts[0] != parts[1]:
        return figures.undecided("not every part was tried by admins and by others")
    return figures.passed(
        f"{len(others)} tries by others were refused at {len(parts[1])} parts, admins at none"
    )


@check(needs={Capability.DATABASE})
def accesses_kept(evidence: Evidence) -> Finding:
    """Each access to the dashboard, refused or not, stands in its log, and nothing else does."""
    if not is_kind(evidence.ledger.database, AccessesRead).any():
        return no_evidence("the log of accesses was not read")
    made: Counter[Access] = Counter(
        (one.user or "", one.part, one.is_let_in)
        for one in payloads(evidence.ledger.client, AdminTried)
    )
    if not made:
        return no_evidence("no one asked for the dashboard")
    kept: Counter[Access] = Counter()
    for one in payloads(evidence.ledger.database, AccessKept):
        kept[one.user, one.part, one.is_let_in] += one.times
    wrong = [
        f"{_named(*access)}: {kept[access]} kept, not {made[access]}"
        for access in sorted({*made, *kept})
        if made[access] != kept[access]
    ]
    off = sum(abs(made[access] - kept[access]) for access in {*made, *kept})
    figures = Figures(measured=off, target=0, unit="accesses", n=sum(made.values()))
    if wrong:
        return figures.failed(f"{off} accesses are not kept, or were never made", examples=wrong)
    return figures.passed(f"each of {sum(made.values())} accesses is in the log")


@check()
def export_is_text(evidence: Evidence, *, users: int) -> Finding:
    """No cell of the dashboard's export is one that a spreadsheet would run.

    It is undecided with fewer than ``users`` users in it.
    """
    exports = payloads(evidence.ledger.client, ExportRead)
    if not exports:
        return no_evidence("the export was not read")
    formulas = [cell for one in exports for cell in one.formulas]
    listed = min(one.users for one in exports)
    figures = Figures(measured=len(formulas), target=0, unit="cells", n=listed)
    if formulas:
        return figures.failed(f"{len(formulas)} cells would be run", examples=formulas)
    if listed < users:
        return figures.undecided(f"only {listed} users were listed, not {users}")
    return figures.passed(f"none of {listed} users is a formula")


@check(needs={Capability.RECEIPTS})
def feed_accounts(evidence: Evidence, *, viewers: int) -> Finding:
    """Each viewer of the feed hears of each batch once: by its line or in the count of those that
    are left out.

    What the server has a receipt of must have been heard of five seconds later. It is undecided
    with fewer than ``viewers`` viewers that saw a line.
    """
    client = evidence.ledger.client
    watched = payloads(client, FeedWatched)
    times = client[is_kind(client, FeedWatched)]["mono_ns"].tolist()
    came_ns = of_kind(evidence.ledger.server, BatchReceipt)["received_mono_ns"].dropna()
    wrong: list[str] = []
    for one, at_ns in zip(watched, times, strict=True):
        due = int((came_ns < int(at_ns) - _HEARD_S * NS_PER_S).sum())
        if one.repeated or one.lines + one.lost != one.ended - one.began:
            wrong.append(
                f"{one.viewer}: {one.lines} lines and {one.lost} left out of "
                f"{one.ended - one.began}, {one.repeated} again"
            )
        elif one.ended < due:
            wrong.append(f"{one.viewer}: heard of the first {one.ended} batches, not of {due}")
    saw = sum(one.lines > 0 for one in watched)
    figures = Figures(measured=len(wrong), target=0, unit="viewers", n=len(watched))
    if wrong:
        return figures.failed(
            f"{len(wrong)} of {len(watched)} viewers did not hear of each batch once",
            examples=wrong,
        )
    if saw < viewers:
        return figures.undecided(f"only {saw} viewers saw a line, not {viewers}")
    return figures.passed(f"{len(watched)} viewers heard of each batch once")
