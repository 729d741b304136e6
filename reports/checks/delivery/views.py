"""Did every view reach the server, and as the view of the person who saw it?"""

from __future__ import annotations

import pandas as pd

from harness.ledger.kinds.server import BatchReceipt
from harness.ledger.kinds.viewer import ViewIntent
from harness.target.capabilities import Capability, Wrong
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import is_kind, of_kind, records
from reports.core.types import Flags
from reports.evidence.evidence import Evidence
from reports.evidence.fates import (
    KEY,
    VIEW,
    Carriage,
    keys_of,
    names_of,
    processed_receipts,
)
from reports.evidence.frame import OUTCOME_UNKNOWN, exploded
from reports.verdict.verdict import Finding


@check(needs={Capability.RECEIPTS, Capability.DATABASE}, forbids=Wrong.LOSS)
def every_view_carried(evidence: Evidence) -> Finding:
    """Every view reached the server in a receipt that names its own tab.

    A view whose row exists only through another view is a failure too: otherwise four lost queues
    could hide behind a fifth tab that showed the same artwork. A row that no receipt explains,
    because the server was killed or lost its database in the middle, counts for its view.
    """
    views = evidence.fates.views
    if views.empty:
        return no_evidence("nothing was shown")
    if not is_kind(evidence.ledger.server, BatchReceipt).any():
        return no_evidence("the server left no receipts")
    missed = views[views["carriage"] != Carriage.CARRIED.value]
    missed = missed[~_unreceipted(evidence, missed)]
    anonymous = processed_receipts(evidence.ledger)
    anonymous = anonymous[anonymous["tab"].isna()]
    unnamed = keys_of(missed, KEY).isin(keys_of(anonymous, KEY))
    figures = Figures(measured=len(missed), target=0, unit="views", n=len(views))
    if (~unnamed).any():
        lost = missed[~unnamed]
        covered = int((lost["carriage"] == Carriage.COVERED.value).sum())
        return figures.failed(
            f"{len(lost)} of {len(views)} views are in no processed receipt, {covered} of "
            "them covered by another view",
            examples=names_of(lost),
        )
    if unnamed.any():
        return figures.undecided(f"the receipts of {len(missed)} views name no tab")
    return figures.passed(f"all {len(views)} views are in processed receipts")


def _unreceipted(evidence: Evidence, views: pd.DataFrame) -> Flags:
    """Return which views have a row for which a broken server could not write a receipt."""
    receipts = evidence.ledger.server
    stored = evidence.fates.impressions[evidence.fates.impressions["copies"] > 0]
    in_receipt = keys_of(views, KEY).isin(keys_of(processed_receipts(evidence.ledger), KEY))
    has_row = keys_of(views, KEY).isin(keys_of(stored, KEY))
    in_doubt = exploded(receipts[receipts["reason"] == OUTCOME_UNKNOWN])
    doubted = keys_of(views, VIEW).isin(keys_of(in_doubt, VIEW))
    return has_row & ~in_receipt & (doubted | bool(evidence.ledger.killed_lifetimes))


@check(needs={Capability.RECEIPTS})
def nothing_for_another(evidence: Evidence) -> Finding:
    """No view was recorded for another user than the one who saw it in that tab."""
    ledger = evidence.ledger
    shown = of_kind(ledger.viewer, ViewIntent)
    carried = processed_receipts(ledger)
    if shown.empty or carried.empty:
        return no_evidence("nothing was shown, or the server left no receipts")
    place = ["tab", "artwork"]
    known = carried[keys_of(carried, place).isin(keys_of(shown, place))]
    wrong = known[~keys_of(known, VIEW).isin(keys_of(shown, VIEW))]
    users = shown["user"].nunique()
    figures = Figures(measured=len(wrong), target=0, unit="ids", n=len(known))
    if len(wrong):
        rows = records(wrong.head(EXAMPLES_MAX))
        return figures.failed(
            f"{len(wrong)} ids were recorded for another user",
            examples=[f"{row['artwork']} as {row['user']}" for row in rows],
        )
    if users < 2 or known.empty:
        return figures.undecided(f"{users} users saw something that arrived")
    return figures.passed(f"{len(known)} ids of {users} users, each for the user who saw it")
