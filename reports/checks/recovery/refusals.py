"""What the server refused for good: dropped by the page, and nothing else with it."""

from __future__ import annotations

import pandas as pd

from harness.target.capabilities import Capability
from reports.checks.base import Figures, check
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
    records,
)
from reports.verdict.verdict import Finding


@check(needs={Capability.PAGE_EVENTS, Capability.DATABASE})
def refused_were_dropped(evidence: Evidence, *, impressions: float) -> Finding:
    """What a final 4xx refused was not sent again, and everything else has its row.

    ``impressions`` is how many were refused: they are lost, and the page said so.
    """
    refused = evidence.ledger.client[evidence.ledger.client["kind"] == "refused"]
    ids = exploded(refused)[["user", "artwork"]].drop_duplicates()
    n = len(ids)
    figures = Figures(measured=n, target=impressions, unit="impressions", n=n)
    again = _sent_again(evidence.ledger.client)
    if again:
        return figures.failed(f"refused batches were sent {again} times more")
    if len(ids) != impressions or ids.empty:
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
            f"{len(others)} impressions were lost that nobody refused",
            examples=tuple(sorted(f"{user}/{artwork}" for user, artwork in others)[:8]),
        )
    return figures.passed(f"{len(ids)} refused and dropped, all others stored")


def _sent_again(client: pd.DataFrame) -> int:
    """Count the attempts that carried what had been refused: by the same tab in any batch (by its
    own clock), or by an heir in the same batch (as they were heard)."""
    again = 0
    refused_ns: dict[str, int] = {}
    own: set[tuple[str, str]] = set()
    for tab, rows in pages(client):
        dropped: set[tuple[str, str]] = set()
        for row in records(rows):
            views = {(str(row["user"]), one) for one in ids_of(row)}
            if row["kind"] == "refused":
                dropped |= views
                refused_ns.setdefault(str(row["batch"]), int(row["mono_ns"]))
                own.add((str(row["batch"]), tab))
            again += row["kind"] == "attempt" and bool(views & dropped)
    sent = attempts(client[client["tab"].isin(heirs(client)) & client["batch"].notna()])
    for row in records(sent):
        batch = str(row["batch"])
        is_later = row["mono_ns"] > refused_ns.get(batch, row["mono_ns"])
        again += is_later and (batch, row["tab"]) not in own
    return int(again)


def _still_queued(client: pd.DataFrame) -> int:
    """Count what tabs were told was refused, and held in their queue at their last word."""
    kept = 0
    for _, rows in pages(client):
        words = rows[rows["kind"] == "queue"].sort_values("mono_ns").tail(1)
        for word in records(words):
            before = rows[(rows["kind"] == "refused") & (rows["mono_ns"] <= word["mono_ns"])]
            kept += len({one for row in records(before) for one in ids_of(row)} & {*ids_of(word)})
    return kept
