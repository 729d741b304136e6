"""Which impressions of a load were last answered by a redirect, or because a session had ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.outcome import Outcome
from reports.evidence.exchange.redirected import redirected, signed_out
from tests.reports.ledgers import HandWritten, evidence_of, lived


def answered(*statuses: int) -> HandWritten:
    """One view whose batch had these answers, in this order; 0 is none."""
    ledger = lived().shown("a", 1.0)
    for attempt, status in enumerate(statuses, 1):
        good = Outcome.ACKNOWLEDGED if status == 200 else Outcome.UNKNOWN
        ledger.sent(1.0 + attempt, outcome=good, status=status, attempt=attempt)
    return ledger.final(9.0)


@pytest.mark.parametrize(
    ("statuses", "is_elsewhere"),
    [
        ((307,), True),
        ((300,), True),
        ((399,), True),
        ((299,), False),
        ((400,), False),
        ((503, 307), True),
        ((307, 503), False),
        ((307, 200), False),
        ((307, 0), True),
        ((0,), False),
        ((), False),
    ],
)
def test_the_last_answer_decides(
    tmp_path: Path, statuses: tuple[int, ...], is_elsewhere: bool
) -> None:
    evidence = evidence_of(answered(*statuses), tmp_path)
    shown = evidence.fates.impressions
    assert redirected(evidence.ledger, shown).tolist() == [is_elsewhere]
    assert redirected(evidence.ledger, shown.iloc[:0]).tolist() == []


def in_turn(*statuses: int) -> HandWritten:
    """A user's batches of one view each, answered one after another."""
    ledger = lived()
    for number, status in enumerate(statuses):
        good = {200: Outcome.ACKNOWLEDGED, 401: Outcome.REFUSED}.get(status, Outcome.UNKNOWN)
        name = f"a{number}"
        ledger.shown(name, 0.5).sent(
            1.0 + number, outcome=good, status=status, artworks=[name], batch=name
        )
    return ledger.final(20.0)


@pytest.mark.parametrize(
    ("statuses", "is_out"),
    [
        ((200, 401, 401), [False, True, True]),
        ((200, 401, 0), [False, True, False]),
        ((200, 503, 401), [False, False, True]),
        ((401, 401), [False, False]),
        ((401, 200, 401), [False, False, False]),
        ((200, 401, 200), [False, False, False]),
        ((200, 401, 503), [False, False, False]),
        ((200, 503), [False, False]),
    ],
)
def test_a_session_has_ended_where_no_other_answer_follows(
    tmp_path: Path, statuses: tuple[int, ...], is_out: list[bool]
) -> None:
    evidence = evidence_of(in_turn(*statuses), tmp_path)
    shown = evidence.fates.impressions.sort_values("artwork")
    assert signed_out(evidence.ledger, shown).tolist() == is_out
    assert signed_out(evidence.ledger, shown.iloc[:0]).tolist() == []
