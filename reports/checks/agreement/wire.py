"""The relay before the server: did every view that was seen get there?"""

from __future__ import annotations

from harness.target.capabilities import Capability, Wrong
from reports.checks.base import Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.fates import KEY, keys_of, names_of
from reports.evidence.frame import exploded
from reports.verdict.verdict import Finding


@check(
    needs={Capability.PAGE, Capability.WIRE},
    always=True,
    applies=lambda evidence: not evidence.ledger.wire.empty,
    forbids=Wrong.LOSS,
)
def views_arrived(evidence: Evidence) -> Finding:
    """Every view that was shown was in a request that arrived at the server, as the relay before it
    saw: what is missing there was lost by the page or on its way, not by the server."""
    shown = evidence.fates.impressions[evidence.fates.impressions["shown_ns"].notna()]
    carried = exploded(evidence.ledger.wire)
    if shown.empty or carried.empty:
        return no_evidence("nothing was shown, or the relay read no id in any request")
    named = carried[carried["user"].notna()]
    anonymous = carried[carried["user"].isna()]
    there = keys_of(shown, KEY).isin(keys_of(named, KEY))
    there |= keys_of(shown, ["artwork"]).isin(keys_of(anonymous, ["artwork"]))
    missing = shown[~there]
    figures = Figures(measured=len(missing), target=0, unit="impressions", n=len(shown))
    if len(missing):
        return figures.failed(
            f"{len(missing)} of {len(shown)} impressions are in no request that arrived at the "
            "server",
            examples=names_of(missing),
        )
    return figures.passed(f"all {len(shown)} impressions are in requests that arrived")
