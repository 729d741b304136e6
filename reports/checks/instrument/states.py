"""Interesting states: what must have happened at least once, or the run says little."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.ledger.kinds.client import (
    Acknowledged,
    Adopted,
    Attempt,
    BatchRefused,
    Held,
    MemoryMode,
    PageHide,
    RecorderEvent,
    RetryScheduled,
    TabClosing,
    Unanswered,
    VisibilityChanged,
)
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import decoded, is_a, is_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import TRANSPORTS_WITH_ANSWER
from reports.verdict.verdict import Finding


def _left_in_flight(ledger: LedgerFrames) -> int:
    """Return how often a tab was hidden, left or closed while a request of it had no answer.

    A page that is closed reports nothing more: the harness's own row says when that began.
    """
    found = 0
    for _, rows in ledger.client.groupby("tab"):
        open_: set[tuple[Any, Any]] = set()
        for row in records(rows.sort_values("mono_ns", kind="stable")):
            request = (row["batch"], row["attempt"])
            if is_a(row, Attempt) and row["transport"] in TRANSPORTS_WITH_ANSWER:
                open_.add(request)
            elif is_a(row, Acknowledged, BatchRefused, Unanswered):
                open_.discard(request)
            elif open_ and (is_a(row, PageHide, TabClosing) or _is_hidden(row)):
                found += 1
                open_.clear()
    return found


def _is_hidden(row: Mapping[str, Any]) -> bool:
    if not is_a(row, VisibilityChanged):
        return False
    return (decoded(row, VisibilityChanged).reason or "").startswith("hidden")


def _sent_again(ledger: LedgerFrames) -> int:
    return int((is_kind(ledger.client, Attempt) & (ledger.client["attempt"] > 1)).sum())


def _turned_away(ledger: LedgerFrames) -> int:
    return int(ledger.client["status"].isin([401, 409]).sum())


def _rows_of(kind: type[RecorderEvent]) -> Callable[[LedgerFrames], int]:
    return lambda ledger: int(is_kind(ledger.client, kind).sum())


STATES: Mapping[str, tuple[str, Callable[[LedgerFrames], int]]] = {
    "sent_again": ("a batch was sent again", _sent_again),
    "retry_waits": ("a retry was planned", _rows_of(RetryScheduled)),
    "unanswered": ("a page had no answer to a request", _rows_of(Unanswered)),
    "left_in_flight": ("a page was hidden or left with a request under way", _left_in_flight),
    "adopted": ("the queue of a dead tab was taken over", _rows_of(Adopted)),
    "held": ("ids of another user waited on disk", _rows_of(Held)),
    "turned_away": ("a page read that its user is not signed in", _turned_away),
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
