"""Batches that the server refused for good: dropped by the page, and nothing else with them."""

from __future__ import annotations

import pandas as pd

from harness.ledger.kinds.client import Attempt, BatchRefused, QueueState
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check
from reports.core.kinds import is_a, is_kind, of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.fates import (
    Fate,
)
from reports.evidence.frame import exploded
from reports.evidence.pages import (
    attempts,
    heirs,
    ids_of,
    pages,
)
from reports.verdict.verdict import Finding

_ANY = -1.0
"""However many were refused."""


@check(needs={Capability.PAGE_EVENTS, Capability.DATABASE})
def refused_were_dropped(evidence: Evidence, *, impressions: float = _ANY) -> Finding:
    """What a final 4xx refused was not sent again, and everything else has its row.

    ``impressions`` is how many were refused: they are lost, and the page reported it. Without it
    any number may be, also none.
    """
    refused = of_kind(evidence.ledger.client, BatchRefused)
    ids = exploded(refused)[["user", "artwork"]].drop_duplicates()
    planned = len(ids) if impressions == _ANY else impressions
    figures = Figures(measured=len(ids), target=planned, unit="impressions", n=len(ids))
    again = _sent_again(evidence.ledger.client)
    if again:
        return figures.failed(f"refused batches were sent {again} times more")
    nothing = evidence.fates.impressions.empty if impressions == _ANY else ids.empty
    if len(ids) != planned or nothing:
        return figures.undecided(f"{len(ids)} impressions were refused")
    if not evidence.fates.decided:
        return figures.undecided("there was no final read")
    kept = _still_queued(evidence.ledger.client)
    if kept:
        return figures.failed(f"{kept} refused impressions are still in the queue")
    known = set(ids.itertuples(index=False, name=None))
    worse = evidence.fates.with_fate(Fate.LOST_ACKED, Fate.VANISHED)
    lost = evidence.fates.with_fate(Fate.LOST_UNACKED, Fate.UNDELIVERED)
    others = [*worse[["user", "artwork"]].itertuples(index=False, name=None)]
    others += set(lost[["user", "artwork"]].itertuples(index=False, name=None)) - known
    if others:
        return figures.failed(
            f"{len(others)} impressions were lost that were not refused",
            examples=sorted(f"{user}/{artwork}" for user, artwork in others),
        )
    return figures.passed(f"{len(ids)} refused and dropped, all others stored")


def _sent_again(client: pd.DataFrame) -> int:
    """Count the attempts that carried what had been refused.

    Those of the same tab in any batch (by its own clock), and those of an heir in the same batch
    (in the order of their arrival).
    """
    again = 0
    refused_ns: dict[str, int] = {}
    own: set[tuple[str, str]] = set()
    for tab, rows in pages(client):
        dropped: set[tuple[str, str]] = set()
        for row in records(rows):
            views = {(str(row["user"]), one) for one in ids_of(row)}
            if is_a(row, BatchRefused):
                dropped |= views
                refused_ns.setdefault(str(row["batch"]), int(row["mono_ns"]))
                own.add((str(row["batch"]), tab))
            again += is_a(row, Attempt) and bool(views & dropped)
    sent = attempts(client[client["tab"].isin(heirs(client)) & client["batch"].notna()])
    for row in records(sent):
        batch = str(row["batch"])
        is_later = row["mono_ns"] > refused_ns.get(batch, row["mono_ns"])
        again += is_later and (batch, row["tab"]) not in own
    return int(again)


def _still_queued(client: pd.DataFrame) -> int:
    """Count the refused ids that tabs still held in the last queue they reported."""
    kept = 0
    for _, rows in pages(client):
        for last in records(of_kind(rows, QueueState).sort_values("mono_ns").tail(1)):
            before = rows[is_kind(rows, BatchRefused) & (rows["mono_ns"] <= last["mono_ns"])]
            kept += len({one for row in records(before) for one in ids_of(row)} & {*ids_of(last)})
    return kept
