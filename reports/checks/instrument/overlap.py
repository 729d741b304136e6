"""Batches that meet: were they in the server's hands at the same time?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from harness.ledger.kinds.network import RequestReleased
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind, payloads, records
from reports.evidence.evidence import Evidence
from reports.evidence.pages import batch_receipts
from reports.verdict.verdict import Finding


@dataclass(frozen=True, slots=True)
class _Held:
    """From when to when the server had a batch: its receipt's arrival and commit, ns."""

    batch: str
    since_ns: int
    until_ns: int


@check(needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY}, instrument=True)
def batches_overlapped(evidence: Evidence, *, parties: float) -> Finding:
    """A barrier let ``parties`` batches go at once, and the server had all of them in its hands at
    some moment: each had arrived and none was stored, by its own receipts.

    Never a failure: batches that did not meet try no race.
    """
    ledger = evidence.ledger
    released = [set(batches) for batches in _releases(ledger.network)]
    if not released:
        return no_evidence("no barrier let a batch go")
    held = list(_held(batch_receipts(ledger)))
    figures = Figures(target=parties, unit="batches", n=len(held))
    if not held:
        return figures.undecided("the server left no receipt of a stored batch")
    met = [_most_together(one for one in held if one.batch in batches) for batches in released]
    fewest, apart_ns = min(met)
    figures = Figures(measured=fewest, target=parties, unit="batches", n=len(held))
    sentence = (
        f"{fewest} batches were in the server's hands at the same time, of "
        f"{min(map(len, released))} that were let go at once"
    )
    if fewest < parties:
        return figures.undecided(f"{sentence}: no race between {parties:.0f}")
    return figures.passed(f"{sentence}; they arrived within {apart_ns / 1e6:.1f} ms")


def _releases(network: pd.DataFrame) -> Iterable[list[str]]:
    """Return for each release of a barrier the batches that it let go."""
    rows = of_kind(network, RequestReleased)
    for _, frame in rows.groupby(["fault", "mono_ns"], sort=False):
        yield [row.batch for row in payloads(frame, RequestReleased) if row.batch]


def _held(receipts: pd.DataFrame) -> Iterable[_Held]:
    for row in records(receipts):
        times = row["received_mono_ns"], row["committed_mono_ns"]
        if not (pd.isna(row["batch"]) or pd.isna(times[0]) or pd.isna(times[1])):
            yield _Held(str(row["batch"]), int(times[0]), int(times[1]))


def _most_together(held: Iterable[_Held]) -> tuple[int, int]:
    """Return the most different batches that the server had at one moment, and how far apart these
    had arrived, ns."""
    every = sorted(held, key=lambda one: one.since_ns)
    most = (0, 0)
    for latest in every:
        here = [one for one in every if one.since_ns <= latest.since_ns < one.until_ns]
        count = len({one.batch for one in here})
        if count > most[0]:
            most = (count, latest.since_ns - min(one.since_ns for one in here))
    return most
