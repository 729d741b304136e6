"""Replays: shown again, counted once each, and never an impression."""

from __future__ import annotations

import pandas as pd

from harness.ledger.kinds.client import Recorded
from harness.ledger.kinds.database import ReplaysKept, ReplaysRead
from harness.ledger.kinds.viewer import ViewIntent, ViewReplayed
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import is_kind, of_kind
from reports.evidence.evidence import Evidence
from reports.evidence.fates import KEY, VIEW, keys_of, names_of
from reports.evidence.frame import exploded
from reports.verdict.verdict import Finding


@check(needs={Capability.RECEIPTS, Capability.PAGE_EVENTS, Capability.DATABASE})
def replays_not_recorded(evidence: Evidence, *, replays: int) -> Finding:
    """No view that a page showed as a replay entered a recorder's queue, came to the server in a
    receipt of its tab, or became a row, if only for a while.

    A view of the same artwork in the same tab that is to be recorded excuses it. It is undecided
    with fewer than ``replays`` replays, and where the server left no receipt at all.
    """
    ledger = evidence.ledger
    shown = of_kind(ledger.viewer, ViewReplayed)
    if shown.empty or ledger.server.empty:
        return no_evidence("nothing was replayed, or the server left no receipts")
    meant = of_kind(ledger.viewer, ViewIntent)
    alone = shown[~keys_of(shown, VIEW).isin(keys_of(meant, VIEW))].drop_duplicates(VIEW)
    queued = _named(of_kind(ledger.client, Recorded))
    received = _named(ledger.server)
    unmeant = alone[~keys_of(alone, KEY).isin(keys_of(meant, KEY))]
    stored = evidence.fates.impressions
    stored = stored[stored["copies_most"] > 0]
    wrong = (
        keys_of(alone, VIEW).isin(keys_of(queued, VIEW))
        | keys_of(alone, VIEW).isin(keys_of(received, VIEW))
        | (
            keys_of(alone, KEY).isin(keys_of(unmeant, KEY))
            & keys_of(alone, KEY).isin(keys_of(stored, KEY))
        )
    )
    figures = Figures(measured=int(wrong.sum()), target=0, unit="views", n=len(shown))
    if wrong.any():
        return figures.failed(
            f"{int(wrong.sum())} of {len(alone)} replayed views were recorded",
            examples=names_of(alone[wrong]),
        )
    if len(shown) < replays:
        return figures.undecided(f"only {len(shown)} views were replayed, not {replays}")
    return figures.passed(f"none of {len(shown)} replayed views was recorded")


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per id, of rows that name a user and a tab."""
    found = exploded(rows[["user", "tab", "artworks"]])
    return found[found["user"].notna() & found["tab"].notna()]


@check(needs={Capability.DATABASE})
def replays_counted(evidence: Evidence, *, replays: int) -> Finding:
    """Every replay counts once beside its impression, and nothing else does: the table's counts are
    those of what the pages showed again.

    It is undecided with fewer than ``replays`` replays, and where the counts were not read.
    """
    ledger = evidence.ledger
    if not is_kind(ledger.database, ReplaysRead).any():
        return no_evidence("the counts of replays were not read")
    shown = of_kind(ledger.viewer, ViewReplayed).groupby(KEY, observed=True).size()
    kept = of_kind(ledger.database, ReplaysKept).groupby(KEY, observed=True)["rows"].sum()
    both = pd.concat([shown.rename("shown"), kept.rename("kept")], axis=1).fillna(0)
    wrong = both[both["shown"] != both["kept"]]
    total = int(both["shown"].sum())
    figures = Figures(measured=len(wrong), target=0, unit="impressions", n=total)
    if len(wrong):
        return figures.failed(
            f"{len(wrong)} impressions have another count than they were replayed",
            examples=[
                f"{user}/{artwork}: {kept:.0f}, not {shown:.0f}"
                for (user, artwork), shown, kept in wrong.itertuples(name=None)
            ],
        )
    if total < replays:
        return figures.undecided(f"only {total} views were replayed, not {replays}")
    return figures.passed(f"each of {total} replays is counted once")
