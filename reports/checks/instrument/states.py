"""Interesting states: what must have happened at least once, or the run says little."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.ledger.kinds.client import (
    Adopted,
    Attempt,
    Held,
    MemoryMode,
    PageHide,
    RecorderEvent,
    RetryScheduled,
    Unanswered,
    VisibilityChanged,
)
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import is_kind, payloads
from reports.evidence.evidence import Evidence
from reports.evidence.frame import LedgerFrames
from reports.verdict.verdict import Finding


def _left_in_flight(ledger: LedgerFrames) -> int:
    left = [
        *payloads(ledger.client, PageHide),
        *(one for one in payloads(ledger.client, VisibilityChanged) if _is_hidden(one)),
    ]
    return sum((one.in_flight or 0) > 0 for one in left)


def _is_hidden(event: VisibilityChanged) -> bool:
    return (event.reason or "").startswith("hidden")


def _sent_again(ledger: LedgerFrames) -> int:
    return int((is_kind(ledger.client, Attempt) & (ledger.client["attempt"] > 1)).sum())


def _rows_of(kind: type[RecorderEvent]) -> Callable[[LedgerFrames], int]:
    return lambda ledger: int(is_kind(ledger.client, kind).sum())


STATES: Mapping[str, tuple[str, Callable[[LedgerFrames], int]]] = {
    "sent_again": ("a batch was sent again", _sent_again),
    "retry_waits": ("a retry was planned", _rows_of(RetryScheduled)),
    "unanswered": ("a page had no answer to a request", _rows_of(Unanswered)),
    "left_in_flight": ("a page was hidden or left with a request under way", _left_in_flight),
    "adopted": ("the queue of a dead tab was taken over", _rows_of(Adopted)),
    "held": ("ids of another user waited on disk", _rows_of(Held)),
    "memory": ("a recorder worked without storage", _rows_of(MemoryMode)),
}
"""State → its words, and how often a run was in it."""


@check(needs={Capability.PAGE_EVENTS}, instrument=True)
def happened(evidence: Evidence, *, state: str, least: float = 1) -> Finding:
    """The run was in a ``state`` at least ``least`` times, by the events of its pages.

    Never a failure: a run that never was where it meant to go says nothing of what happens there.
    """
    if state not in STATES:
        return no_evidence(f"there is no state {state!r}: {', '.join(STATES)}")
    words, count = STATES[state]
    if not is_kind(evidence.ledger.client, RecorderEvent).any():
        return no_evidence("no page reported an event")
    found = count(evidence.ledger)
    figures = Figures(measured=found, target=least, unit="times", n=found)
    if found < least:
        return figures.undecided(f"{words} {found} times, {least:.0f} are needed")
    return figures.passed(f"{words} {found} times")
