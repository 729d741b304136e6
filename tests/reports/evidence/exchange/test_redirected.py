"""Which impressions of a load were last answered by a redirect."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.outcome import Outcome
from reports.evidence.exchange.redirected import redirected
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
