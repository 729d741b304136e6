"""What pages load ahead: unseen artworks alone, within a bound of bytes."""

from __future__ import annotations

from harness.ledger.kinds.client import Prefetched
from harness.ledger.kinds.viewer import ViewShown
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import is_kind, of_kind, payloads
from reports.evidence.evidence import Evidence
from reports.verdict.verdict import Finding


@check()
def prefetched_unseen(evidence: Evidence, *, artworks: int, bytes_max: int) -> Finding:
    """A page loads ahead only artworks that its user had not seen before, at most ``bytes_max``
    bytes of them.

    It is undecided with fewer than ``artworks`` artworks.
    """
    client = evidence.ledger.client
    ahead = payloads(client, Prefetched)
    if not ahead:
        return no_evidence("no page loaded anything ahead")
    times = client[is_kind(client, Prefetched)]["mono_ns"].tolist()
    shown = of_kind(evidence.ledger.viewer, ViewShown)
    wrong: list[str] = []
    for one, at_ns in zip(ahead, times, strict=True):
        mine = shown[(shown["user"] == one.user) & (shown["mono_ns"] < int(at_ns))]
        seen = set(mine["artwork"])
        wrong += [
            f"{one.user}/{artwork}: seen before" for artwork in one.artworks if artwork in seen
        ]
        if one.loaded > bytes_max:
            wrong.append(f"{one.user}: {one.loaded} bytes, not at most {bytes_max}")
    count = sum(len(one.artworks) for one in ahead)
    figures = Figures(measured=len(wrong), target=0, unit="faults", n=count)
    if wrong:
        return figures.failed(f"{len(wrong)} faults in what was loaded ahead", examples=wrong)
    if count < artworks:
        why = ", ".join(one.ended for one in ahead)
        return figures.undecided(f"only {count} artworks were loaded, not {artworks}: {why}")
    return figures.passed(f"{count} artworks were loaded ahead, none of them seen")
