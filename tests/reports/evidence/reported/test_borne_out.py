"""A page's answer that no receipt has: what shows that it was read, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.ledger.kinds.client import (
    Acknowledged,
    BatchRefused,
    BeaconQueued,
    QueueState,
    Unanswered,
)
from harness.ledger.kinds.network import RequestAnswered
from reports.evidence.exchange.attempts import attempts_of
from reports.evidence.frame import read_ledger
from reports.evidence.reported.borne_out import is_borne_out
from tests.reports.ledgers import HandWritten, lived

KINDS = {2: Acknowledged, 4: BatchRefused, 5: Unanswered}


def read(status: int) -> HandWritten:
    """A page reports the answer to its only request, after which it was asked for nothing."""
    return lived().request("b", 1.0, 0.3, status=status, end=KINDS[status // 100])


def asked(ledger: HandWritten, at_s: float = 9.0, **fields: Any) -> HandWritten:
    return ledger.noted(QueueState, at_s, **fields)


def counted(ledger: HandWritten, successes: int) -> HandWritten:
    return asked(ledger, telemetry={"flushSuccess": successes})


def given(ledger: HandWritten, status: int) -> HandWritten:
    """A gateway gave the page an answer."""
    path = {"method": "POST", "path": "/", "batch": "b", "attempt": 1}
    return ledger.saw(1.2, RequestAnswered(**path, status=status, is_whole=True))


def queued(ledger: HandWritten) -> HandWritten:
    return ledger.reported(BeaconQueued, 2.0, batch="b2", attempt=1, transport="beacon")


@pytest.mark.parametrize(
    ("write", "written", "later", "is_shown"),
    [
        (lambda: read(500), [200], 0, False),
        (lambda: read(500), [200], 1, True),
        (lambda: read(500), [503], 1, False),
        (lambda: read(500), [], 1, True),
        (lambda: read(400), [200], 1, False),
        (lambda: given(read(202), 202), [200], 0, True),
        (lambda: given(read(202), 200), [200], 0, False),
        (lambda: read(200), [503], 0, False),
        (lambda: asked(read(200)), [503], 0, True),
        (lambda: asked(read(200)), [503], 1, False),
        (lambda: asked(read(200)), [401], 0, True),
        (lambda: asked(read(200), artworks=("a",)), [503], 0, False),
        (lambda: asked(read(200), 1.1), [503], 0, False),
        (lambda: asked(read(200)), [503, 400], 0, False),
        (lambda: asked(read(400)), [503], 0, True),
        (lambda: counted(read(400), 0), [200], 0, True),
        (lambda: counted(read(400), 1), [200], 0, False),
        (lambda: asked(read(400)), [200], 0, False),
        (lambda: counted(read(200), 1), [400], 0, True),
        (lambda: counted(read(200), 0), [400], 0, False),
        (lambda: counted(read(202), 1), [200], 0, False),
        (lambda: counted(read(400), 0), [422], 0, False),
        (lambda: counted(queued(read(400)), 0), [200], 0, False),
        (lambda: counted(asked(read(400), 8.0, telemetry={"flushSuccess": 1}), 0), [200], 0, True),
    ],
)
def test_what_bears_an_answer_out(
    write: Callable[[], HandWritten],
    written: list[int],
    later: int,
    is_shown: bool,
    tmp_path: Path,
) -> None:
    ledger = read_ledger(write().write(tmp_path))
    [answer] = attempts_of(ledger).pages.to_dict("records")
    assert is_borne_out(ledger, "b", answer, written, later) is is_shown
