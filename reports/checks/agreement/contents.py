"""What batches hold: at least one id, and each recorded view in one of them."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from harness.ledger.kinds import CLIENT
from harness.ledger.kinds.client import Attempt, PageShow, Persisted, Recorded, RecorderLeftOut
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import heirs, ids_of, reason_of
from reports.verdict.verdict import Finding

_NEEDS = {Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY}
View = tuple[str, str, str]


@check(
    needs=_NEEDS,
    always=True,
    applies=lambda evidence: bool(_sent(evidence.ledger)),
    rests_on={CLIENT.name},
)
def batches_hold_ids(evidence: Evidence) -> Finding:
    """No page sends a batch without an id: a request that can only be refused."""
    sent = _sent(evidence.ledger)
    if not sent:
        return no_evidence("no page sent a batch")
    empty = [name for name, count in sent if not count]
    figures = Figures(measured=len(empty), target=0, unit="attempts", n=len(sent))
    if empty:
        return figures.failed(
            f"{len(empty)} of {len(sent)} attempts of pages hold no id",
            examples=empty[:EXAMPLES_MAX],
        )
    return figures.passed(f"each of {len(sent)} attempts of pages holds an id")


def _sent(ledger: LedgerFrames) -> list[tuple[str, int]]:
    """Return each attempt of a page's recorder in words, and how many ids it holds."""

    def find() -> list[tuple[str, int]]:
        left_out = set(of_kind(ledger.client, RecorderLeftOut)["tab"].dropna())
        rows = of_kind(ledger.client, Attempt)
        rows = rows[~rows["tab"].isin(left_out) & rows["artworks"].notna()]
        return [
            (f"batch {row['batch']} attempt {row['attempt']}", len(ids_of(row)))
            for row in records(rows)
        ]

    return ledger.remembered("attempts and their ids", find)


@check(
    needs=_NEEDS,
    always=True,
    applies=lambda evidence: _batches(evidence.ledger)[0] > 0,
    rests_on={CLIENT.name},
)
def recorded_in_one_batch(evidence: Evidence) -> Finding:
    """A page that keeps its batches on disk sends each view that it recorded in one batch, however
    often: an id in two batches is counted twice wherever batches are.

    A view may be in as many batches as it was recorded. Left out: heirs, and pages out of the
    back/forward cache, which may put what was not written yet into another batch.
    """
    count, twice = _batches(evidence.ledger)
    if not count:
        return no_evidence("no page that keeps batches on disk sent what it had recorded")
    figures = Figures(measured=len(twice), target=0, unit="views", n=count)
    if twice:
        return figures.failed(
            f"{len(twice)} of {count} views are in more batches than they were recorded",
            examples=twice[:EXAMPLES_MAX],
        )
    return figures.passed(f"each of {count} views is in one batch")


def _batches(ledger: LedgerFrames) -> tuple[int, list[str]]:
    return ledger.remembered("batches of recorded views", lambda: _of_views(ledger))


def _of_views(ledger: LedgerFrames) -> tuple[int, list[str]]:
    """Return how many recorded views pages sent, and those in more batches than allowed."""
    client = ledger.client
    shows = of_kind(client, PageShow)
    revived = {str(row["tab"]) for row in records(shows) if "persisted=true" in reason_of(row)}
    tabs = set(of_kind(client, Persisted)["tab"].dropna()) - heirs(client) - revived
    recorded = Counter(_views(of_kind(client, Recorded), tabs))
    attempts = of_kind(client, Attempt).dropna(subset=["batch"])
    found: dict[View, set[str]] = {}
    for row in records(attempts[attempts["tab"].isin(list(tabs))]):
        for artwork in ids_of(row):
            view = (str(row["user"]), str(row["tab"]), artwork)
            found.setdefault(view, set()).add(str(row["batch"]))
    sent = {view: batches for view, batches in found.items() if view in recorded}
    twice = [
        f"{user}/{artwork}"
        for (user, tab, artwork), batches in sent.items()
        if len(batches) > recorded[user, tab, artwork]
    ]
    return len(sent), sorted(twice)


def _views(rows: pd.DataFrame, tabs: set[str]) -> list[View]:
    return [
        (str(row["user"]), str(row["tab"]), artwork)
        for row in records(rows[rows["tab"].isin(list(tabs))])
        for artwork in ids_of(row)
    ]
