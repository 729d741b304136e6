"""Favourites: every change once, the last one holds, and a link shows those of its user alone."""

from __future__ import annotations

from collections import Counter

from harness.ledger.kinds.client import FavouriteAsked, SharedShown
from harness.ledger.kinds.database import FavouriteKept, FavouritesRead
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import is_kind, payloads
from reports.evidence.evidence import Evidence
from reports.verdict.verdict import Finding

Hearts = dict[tuple[str, str], bool]


def _asked(evidence: Evidence, *, until_ns: int | None = None) -> tuple[Hearts, Counter[str]]:
    """Return what each heart was last set to, and how often each was changed, by name."""
    hearts: Hearts = {}
    changes: Counter[str] = Counter()
    client = evidence.ledger.client
    rows = client if until_ns is None else client[client["mono_ns"] <= until_ns]
    for one in payloads(rows.sort_values("mono_ns", kind="stable"), FavouriteAsked):
        for artwork in one.artworks:
            hearts[one.user, artwork] = one.favourite
            changes[f"{one.user}/{artwork}"] += 1
    return hearts, changes


@check(needs={Capability.DATABASE})
def favourites_once(evidence: Evidence, *, changes: int) -> Finding:
    """Every change of a heart was made once, and what was asked last holds in the table.

    A double click is one change. It is undecided with fewer than ``changes`` changes, and where the
    table was not read.
    """
    if not is_kind(evidence.ledger.database, FavouritesRead).any():
        return no_evidence("the table of favourites was not read")
    hearts, asked = _asked(evidence)
    kept = payloads(evidence.ledger.database, FavouriteKept)
    made = {f"{one.user}/{one.artwork}": one.changes for one in kept}
    stored = {f"{one.user}/{one.artwork}": one.favourite for one in kept}
    wrong = [
        f"{name}: {made.get(name, 0)} changes, not {asked[name]}"
        for name in sorted({*asked, *made})
        if made.get(name, 0) != asked[name]
    ]
    wrong += [
        f"{user}/{artwork}: {'a' if stored[name] else 'no'} favourite"
        for (user, artwork), is_favourite in sorted(hearts.items())
        if (name := f"{user}/{artwork}") in stored and stored[name] != is_favourite
    ]
    total = sum(asked.values())
    figures = Figures(measured=len(wrong), target=0, unit="favourites", n=total)
    if wrong:
        return figures.failed(f"{len(wrong)} favourites are not as asked", examples=wrong)
    if total < changes:
        return figures.undecided(f"only {total} changes were asked for, not {changes}")
    return figures.passed(f"each of {total} changes of {len(hearts)} favourites was made once")


@check()
def share_shows_favourites(evidence: Evidence, *, shares: int) -> Finding:
    """Who has a link sees the favourites of its user at that time, each once, and no other artwork;
    behind a link that was revoked, none.

    It is undecided with fewer than ``shares`` looks at a collection that is shared and not empty.
    """
    looks = payloads(evidence.ledger.client, SharedShown)
    rows = evidence.ledger.client
    times = rows[is_kind(rows, SharedShown)]["mono_ns"].tolist()
    wrong: list[str] = []
    full = 0
    for look, at_ns in zip(looks, times, strict=True):
        hearts, _ = _asked(evidence, until_ns=int(at_ns))
        mine = sorted(a for (user, a), is_on in hearts.items() if is_on and user == look.user)
        due = [] if look.revoked else mine
        full += bool(due)
        if sorted(look.artworks) != due:
            wrong.append(f"{look.user}: {', '.join(sorted(look.artworks)) or 'nothing'}")
    figures = Figures(measured=len(wrong), target=0, unit="looks", n=len(looks))
    if wrong:
        return figures.failed(
            f"{len(wrong)} of {len(looks)} looks behind a link saw something else", examples=wrong
        )
    if full < shares:
        return figures.undecided(f"only {full} collections were seen, not {shares}")
    return figures.passed(f"all {len(looks)} looks behind a link saw what was shared")
