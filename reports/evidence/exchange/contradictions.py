"""What a witness of the views cannot have seen as it says, whatever the target did.

A viewer that is blind, or invents, and events that were lost on the way to the ledger would accuse
the target of phantoms and losses. Where they contradict themselves, or one another about the same
tab, the evidence is not whole.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from harness.ledger.kinds.client import Adopted, Attempt, Recorded
from harness.ledger.kinds.viewer import ViewIntent, ViewShown
from reports.core.kinds import of_kind
from reports.evidence.frame import LedgerFrames

_VIEW = ["user", "tab", "artwork"]


def contradictions(ledger: LedgerFrames) -> list[str]:
    """Return what viewer and pages cannot both have seen, in words; empty where they agree."""
    return ledger.remembered("contradictions", lambda: _found(ledger))


def _found(ledger: LedgerFrames) -> list[str]:
    return [*_unseen_pages(ledger), *_unreported(ledger), *_unannounced(ledger)]


def _unseen_pages(ledger: LedgerFrames) -> list[str]:
    """Return the tabs whose pages recorded views and of which the viewer saw nothing."""
    recorded = set(of_kind(ledger.client, Recorded)["tab"].dropna().unique())
    seen = set(ledger.viewer["tab"].dropna().unique())
    return [f"the viewer saw nothing of tab {tab}" for tab in sorted(recorded - seen)]


def _unreported(ledger: LedgerFrames) -> list[str]:
    """Return the tabs that sent views which they never reported as recorded.

    A tab that took over another's queue sends what that one recorded. What the viewer never meant
    to show, on any page, no lost event explains: the page made it up, and that is a phantom.
    """
    client = ledger.client
    known = set(of_kind(ledger.viewer, ViewIntent, ViewShown)["artwork"])
    heirs = set(of_kind(client, Adopted)["tab"])
    recorded = {str(tab): _ids(rows) for tab, rows in of_kind(client, Recorded).groupby("tab")}
    gaps = []
    for tab, rows in of_kind(client, Attempt).groupby("tab"):
        missing = (_ids(rows) & known) - recorded.get(str(tab), set())
        if missing and tab not in heirs and str(tab) in recorded:
            gaps.append(f"tab {tab} sent {len(missing)} views that no event of it records")
    return gaps


def _ids(rows: pd.DataFrame) -> set[Any]:
    return {one for artworks in rows["artworks"] if artworks is not None for one in artworks}


def _unannounced(ledger: LedgerFrames) -> list[str]:
    """Return the views that the viewer saw and that it never meant to show."""
    shown = of_kind(ledger.viewer, ViewShown)
    meant = of_kind(ledger.viewer, ViewIntent)[_VIEW].drop_duplicates()
    found = shown[_VIEW].merge(meant, how="left", indicator=True)
    strange = int((found["_merge"] == "left_only").sum())
    return [f"the viewer saw {strange} views that it never meant to show"] if strange else []
