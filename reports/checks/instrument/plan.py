"""The plan: as many views shown and impressions sent as planned."""

from __future__ import annotations

from reports.checks.base import Figures, check
from reports.evidence.columnar import chosen
from reports.evidence.evidence import Evidence
from reports.evidence.frame import id_counts
from reports.verdict.verdict import Finding


@check(instrument=True)
def views_as_planned(evidence: Evidence, *, views: float) -> Finding:
    """The scenario showed ``views`` views; fewer prove less than was planned."""
    shown = len(evidence.fates.views)
    figures = Figures(measured=shown, target=views, unit="views", n=shown)
    if shown != views:
        return figures.undecided(f"{shown} of {views:.0f} planned views were shown")
    return figures.passed(f"all {shown} planned views were shown")


@check(instrument=True)
def load_as_planned(evidence: Evidence, *, impressions: float) -> Finding:
    """The generator sent all ``impressions`` impressions of the workload."""
    load = evidence.ledger.load
    sent = int(id_counts(chosen(load, load["attempt"] == 1)).sum())
    figures = Figures(measured=sent, target=impressions, unit="impressions", n=sent)
    if sent != impressions:
        return figures.undecided(f"the generator sent {sent} of {impressions:.0f} impressions")
    return figures.passed(f"all {sent} impressions were sent")
