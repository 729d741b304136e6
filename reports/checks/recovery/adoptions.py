"""Queues that a page takes over: only those of pages that are gone."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.client import Adopted, PageHide, PageShow, RecorderEvent
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import is_a, is_kind, of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import ms_of, pages, reason_of
from reports.verdict.verdict import Finding

LIVES_ON_MS = 1000.0
"""A page that reports something so long after its queue was taken over was not gone."""

Adoptions = tuple[int, list[str]]
"""How many queues were taken over, and in words those of pages that were not gone."""


@check(
    needs={Capability.PAGE_EVENTS},
    always=True,
    applies=lambda evidence: _adoptions(evidence.ledger)[0] > 0,
)
def adopted_from_gone(evidence: Evidence) -> Finding:
    """A page takes over only the queue of a page that is gone, or rests in the back/forward cache.

    A page was not gone when it reports something more than a second later, by its own clock and on
    arrival, and had not left in between.
    """
    count, living = _adoptions(evidence.ledger)
    if not count:
        return no_evidence("no page took over the queue of another")
    figures = Figures(measured=len(living), target=0, unit="adoptions", n=count)
    if living:
        return figures.failed(
            f"{len(living)} of {count} times a page took over the queue of one that was not gone",
            examples=living[:EXAMPLES_MAX],
        )
    return figures.passed(f"{count} queues were taken over, each from a page that was gone")


def _adoptions(ledger: LedgerFrames) -> Adoptions:
    return ledger.remembered("adoptions", lambda: _all_adoptions(ledger))


def _all_adoptions(ledger: LedgerFrames) -> Adoptions:
    adopted = records(of_kind(ledger.client, Adopted))
    reported = {
        tab: records(rows[is_kind(rows, RecorderEvent)])
        for tab, rows in (pages(ledger.client) if adopted else ())
    }
    living = []
    for row in adopted:
        owner = "".join(reason_of(row)[:1])
        if _lives_on(reported.get(owner, []), row):
            living.append(f"tab {str(row['tab'])[:8]} took over the queue of tab {owner[:8]}")
    return len(adopted), living


def _lives_on(rows: list[dict[str, Any]], adoption: dict[str, Any]) -> bool:
    """Return whether the page with these rows, in the order of its clock, outlived an adoption."""
    at_ms, at_ns = ms_of(adoption), int(adoption["mono_ns"])
    before = [row for row in rows if ms_of(row) <= at_ms and int(row["mono_ns"]) <= at_ns]
    after = [
        row
        for row in rows
        if ms_of(row) > at_ms + LIVES_ON_MS and int(row["mono_ns"]) > at_ns + LIVES_ON_MS * 1e6
    ]
    if not before or not after:
        return False
    leaving = [row for row in before if is_a(row, PageHide, PageShow)]
    was_away = bool(leaving) and is_a(leaving[-1], PageHide)
    # A page that left, or came back, at about that time may have been in the cache.
    between = [row for row in rows if row not in before and ms_of(row) <= ms_of(after[0])]
    return not was_away and not any(is_a(row, PageHide, PageShow) for row in between)
