"""Batches that are sent again although they were answered for good."""

from __future__ import annotations

from harness.ledger.kinds.client import (
    Acknowledged,
    Adopted,
    Attempt,
    BatchRefused,
    MemoryMode,
    Recorded,
    RecorderEvent,
    Unanswered,
)
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def sent_after(kind: type[RecorderEvent], *, batch: str = "b") -> HandWritten:
    """Return a page that reads an answer at 2 s and sends a batch at 3 s."""
    ledger = lived().reported(Attempt, 1.0, batch="b", attempt=1, artworks=("a",))
    ledger.reported(kind, 2.0, batch="b", attempt=1, artworks=("a",))
    return ledger.reported(Attempt, 3.0, batch=batch, attempt=2, artworks=("a",))


def inherited(
    *, lives_until_s: float, adopted_s: float, memory: bool = False, artwork: str = "a"
) -> HandWritten:
    """Return a page that reads a success at 2 s, and another that takes over and sends."""
    ledger = lived().reported(Attempt, 1.0, batch="b", attempt=1, artworks=("a",))
    ledger.reported(Acknowledged, 2.0, batch="b", attempt=1, artworks=("a",))
    ledger.reported(Recorded, lives_until_s, artworks=("c",))
    if memory:
        ledger.reported(MemoryMode, 0.5)
    ledger.reported(Adopted, adopted_s, tab="heir", artworks=(artwork,))
    return ledger.reported(
        Attempt, adopted_s + 1, tab="heir", batch="b", attempt=2, artworks=("a",)
    )


def taken_back(*, artwork: str = "a") -> HandWritten:
    """Return a page that takes over, after its answer, what another page left, and sends it."""
    ledger = lived().reported(Attempt, 1.0, batch="b", attempt=1, artworks=("a",))
    ledger.reported(Acknowledged, 2.0, batch="b", attempt=1, artworks=("a",))
    ledger.reported(Adopted, 2.1, artworks=(artwork,))
    ledger.reported(Attempt, 2.2, batch="b", attempt=5, artworks=("a",))
    ledger.reported(Recorded, 7.0, artworks=("c",))
    ledger.reported(Adopted, 8.0, tab="heir", artworks=("a",))
    return ledger.reported(Attempt, 8.1, tab="heir", batch="b", attempt=6, artworks=("a",))


CASES = cases(
    "settled_not_sent_again",
    {},
    acknowledged_and_sent_again=(lambda: sent_after(Acknowledged), FAIL, "1 attempts repeat"),
    refused_and_sent_again=(lambda: sent_after(BatchRefused), FAIL),
    another_batch=(lambda: sent_after(Acknowledged, batch="c"), PASS, "none of 1 batches"),
    no_answer_yet=(lambda: sent_after(Unanswered), UNKNOWN),
    left_on_the_disk_of_a_page_that_lived_on=(
        lambda: inherited(lives_until_s=5.0, adopted_s=6.0),
        FAIL,
    ),
    closed_before_it_could_forget=(lambda: inherited(lives_until_s=2.5, adopted_s=6.0), PASS),
    taken_over_before_it_could_forget=(lambda: inherited(lives_until_s=5.0, adopted_s=3.0), PASS),
    of_a_page_whose_storage_failed=(
        lambda: inherited(lives_until_s=5.0, adopted_s=6.0, memory=True),
        PASS,
    ),
    taken_back_from_another_page=(taken_back, PASS),
    another_batch_was_taken_back=(lambda: taken_back(artwork="other"), FAIL, "2 attempts"),
    not_what_was_taken_over=(
        lambda: inherited(lives_until_s=5.0, adopted_s=6.0, artwork="other"),
        PASS,
    ),
    taken_over_by_another_before_the_answer=(
        lambda: inherited(lives_until_s=5.0, adopted_s=6.0).reported(
            Adopted, 1.5, tab="first heir", artworks=("a",)
        ),
        PASS,
    ),
    nothing=(lived, UNKNOWN),
)

test_each_case = every_case_holds(CASES)
