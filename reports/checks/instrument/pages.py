"""Pages: did the harness hear every view that their recorders took?"""

from __future__ import annotations

from harness.ledger.kinds.client import Recorded, RecorderLeftOut, TabKilled
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.evidence.evidence import Evidence
from reports.evidence.fates import VIEW, keys_of, names_of, processed_receipts, shown_views
from reports.evidence.frame import exploded
from reports.evidence.pages import led_by_hand
from reports.verdict.verdict import Finding


@check(
    needs={Capability.PAGE_EVENTS, Capability.RECEIPTS},
    always=True,
    instrument=True,
    applies=lambda evidence: _views(evidence)[0] > 0,
)
def page_events_whole(evidence: Evidence) -> Finding:
    """Of every view that arrived in its own tab's name the harness heard that it was recorded.

    A page that sent what it never reported has lost events on their way to the harness, and checks
    of its events judge a part of what it did. Left out: pages that were killed, those in which a
    script of the harness sends, and devices, which report when they can.
    """
    count, missing, lost = _views(evidence)
    if not count:
        return no_evidence("no page reported an event of a view that arrived")
    figures = Figures(measured=missing, target=0, unit="views", n=count)
    if missing:
        return figures.undecided(
            f"{missing} of {count} views arrived that their page never reported as recorded",
            examples=lost,
        )
    return figures.passed(f"all {count} views that arrived were reported as recorded")


def _views(evidence: Evidence) -> tuple[int, int, tuple[str, ...]]:
    """Return how many views of pages that report arrived, how many of them were never reported, and
    the first of these."""
    ledger = evidence.ledger

    def compare() -> tuple[int, int, tuple[str, ...]]:
        if led_by_hand(ledger):
            return 0, 0, ()
        heard = set(of_kind(ledger.client, Recorded)["tab"].dropna().unique())
        heard -= set(of_kind(ledger.client, RecorderLeftOut, TabKilled)["tab"].dropna().unique())
        shown = shown_views(ledger)
        shown = shown[shown["tab"].isin(heard)].drop_duplicates(VIEW)
        if shown.empty:
            return 0, 0, ()
        arrived = shown[keys_of(shown, VIEW).isin(keys_of(processed_receipts(ledger), VIEW))]
        recorded = exploded(of_kind(ledger.client, Recorded))
        lost = arrived[~keys_of(arrived, VIEW).isin(keys_of(recorded, VIEW))]
        return len(arrived), len(lost), names_of(lost)

    return ledger.remembered("views that pages reported", compare)
