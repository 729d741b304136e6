"""Acknowledgements that came before their commit, and those without one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.ledger.kinds.client import Acknowledged
from harness.ledger.kinds.network import RequestActedOn, WorkerClock
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, at, find, healthy, lived


def acked_at(seconds: float, *, committed: float | None = 1.1, **receipt: Any) -> HandWritten:
    """A page reads a success; its batch arrives at 1.0 s and is committed at ``committed``."""
    ledger = lived().request("b", 0.9, seconds - 0.9)
    if committed is None:
        return ledger
    return ledger.receipt(["a"], committed, **{"received_mono_ns": at_ns(1.0), **receipt})


def at_ns(seconds: float) -> int:
    return at(seconds).mono_ns


def uncommitted() -> HandWritten:
    refused = {"status": 503, "reason": "too_many", "inserted": 0, "rejected": 1}
    return acked_at(1.2, committed_mono_ns=None, committed_wall_ns=None, **refused)


def a_later_attempt_is_named() -> HandWritten:
    """The answer of attempt 1 comes after attempt 2 was sent, so the page names the second."""
    ledger = lived().request("b", 0.9, None).request("b", 1.0, 0.15, attempt=2)
    ledger.receipt(["a"], 1.1)
    return ledger.receipt(["a"], 1.4, attempt=2, inserted=0, duplicate=1)


def made_up(status: int = 200) -> HandWritten:
    ledger = acked_at(1.2, committed=None)
    return ledger.saw(
        1.0,
        RequestActedOn(
            method="POST",
            path="/batches",
            batch="b",
            attempt=1,
            fault="answers",
            did=f"answered {status}, nothing was forwarded",
        ),
    )


def loaded(*, done_s: float, committed_s: float = 2.1, attempt: int = 1) -> HandWritten:
    ledger = lived().sent(2.0, took_ms=(done_s - 2.0) * 1000, batch="l", attempt=attempt)
    return ledger.receipt(["a"], committed_s, batch="l", received_mono_ns=at_ns(2.01))


def nameless() -> HandWritten:
    return acked_at(1.2, batch=None)


def without_a_word_of_the_server() -> HandWritten:
    return HandWritten().request("b", 0.9)


CASES = cases(
    "acks_after_commit",
    {},
    after=(lambda: acked_at(1.2), PASS, "1 acknowledgements were read after"),
    at_once=(lambda: acked_at(1.1), PASS),
    before=(lambda: acked_at(1.05), FAIL, "1 were read before their batch was committed, by up to"),
    never_committed=(uncommitted, FAIL, "1 have no commit"),
    no_receipt_at_all=(lambda: acked_at(1.2, committed=None), FAIL, "1 have no commit"),
    the_answer_of_an_earlier_attempt=(a_later_attempt_is_named, PASS),
    before_it_arrived=(
        lambda: acked_at(0.95, received_wall_ns=None),
        UNKNOWN,
        "the clocks of client and server",
    ),
    before_it_arrived_by_the_page_s_clock_too=(
        lambda: acked_at(0.95, received_wall_ns=at(1.0).wall_ns),
        FAIL,
        "1 were read before their batch was committed",
    ),
    before_it_arrived_by_a_clock_that_is_late=(
        lambda: acked_at(0.95, received_wall_ns=at(0.94).wall_ns),
        UNKNOWN,
    ),
    a_success_of_the_gateway=(made_up, UNKNOWN, "no client read a success of the target's"),
    a_refusal_of_the_gateway_excuses_no_success=(lambda: made_up(503), FAIL),
    a_load_after=(lambda: loaded(done_s=2.2), PASS),
    a_load_before=(lambda: loaded(done_s=2.05), FAIL, "by up to 50.0 ms"),
    a_load_without_its_attempt=(lambda: loaded(done_s=2.2, attempt=2), FAIL, "1 have no commit"),
    a_load_before_it_arrived=(lambda: loaded(done_s=2.005), UNKNOWN),
    no_receipt_names_its_batch=(nameless, UNKNOWN, "no receipt names a batch"),
    no_receipts=(without_a_word_of_the_server, UNKNOWN),
)

test_each_case = every_case_holds(CASES)


def test_a_generator_elsewhere_is_allowed_the_error_of_its_clock(tmp_path: Path) -> None:
    """Read 50 ms before its commit: within the error on another machine, proof on this one."""
    for same, verdict in ((False, PASS), (True, FAIL)):
        ledger = loaded(done_s=2.05).saw(0.5, WorkerClock(error_ms=30.0, same_clock=same))
        assert find("acks_after_commit", ledger, tmp_path / str(same)).verdict is verdict


def test_those_that_were_read_first_are_named_first(tmp_path: Path) -> None:
    ledger = lived()
    for number, early_ms in enumerate((5, 40, 20)):
        ledger.sent(2.0, took_ms=100, batch=f"l{number}")
        commit_s = 2.1 + early_ms / 1000
        ledger.receipt(["a"], commit_s, batch=f"l{number}", received_mono_ns=at_ns(2.01))
    finding = find("acks_after_commit", ledger, tmp_path)
    assert [one.split(":")[0] for one in finding.examples] == [
        f"batch l{number} attempt 1" for number in (1, 2, 0)
    ]
    assert (finding.measured, finding.n) == (3, 3)


def test_a_healthy_run_has_its_acknowledgements_compared(tmp_path: Path) -> None:
    finding = find("acks_after_commit", healthy().saw(2.0, Acknowledged(user="ann")), tmp_path)
    assert (finding.verdict, finding.n) == (PASS, 1)
