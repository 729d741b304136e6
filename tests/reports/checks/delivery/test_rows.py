"""Every impression stored exactly once, and nothing else."""

from __future__ import annotations

from pathlib import Path

from harness.core.outcome import Outcome
from harness.ledger.kinds.network import BrowserUsed, FaultStart
from harness.target.capabilities import EVERYTHING, Capability
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import (
    duplicate_stored,
    lost_acked,
    lost_unacked,
    phantom,
    shown_only,
    undelivered,
    vanished,
    viewed_too_early,
)
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    find,
    healthy,
    lived,
)


def answered_elsewhere(*, lost_too: bool = False, again: int | None = None) -> HandWritten:
    """A load of which b was answered by a redirect, and c by 503 where it is ``lost_too``."""
    ledger = lived().shown("a", 1.0).sent(1.0, artworks=["a"], batch="1")
    ledger.shown("b", 1.0).sent(1.1, outcome=Outcome.UNKNOWN, status=307, artworks=["b"], batch="2")
    if again is not None:
        ledger.sent(
            1.2, outcome=Outcome.UNKNOWN, status=again, artworks=["b"], batch="2", attempt=2
        )
    if lost_too:
        ledger.shown("c", 1.0).sent(1.1, outcome=Outcome.UNKNOWN, artworks=["c"], batch="3")
    return ledger.polled(2.0, a=1).final(9.0, a=1)


def signed_out(*statuses: int, receipts: bool = False, lost_too: bool = False) -> HandWritten:
    """A load whose user was acknowledged, and then had these answers to one batch each, of which a
    401 stored nothing."""
    ledger = lived().shown("a", 1.0).sent(1.0, artworks=["a"], batch="1")
    rows = {"a": 1}
    for number, status in enumerate(statuses, 2):
        is_good, name = status == 200, f"b{number}"
        good = Outcome.ACKNOWLEDGED if is_good else Outcome.REFUSED
        ledger.shown(name, 1.0).sent(
            0.2 * number + 1, outcome=good, status=status, artworks=[name], batch=str(number)
        )
        rows |= {name: 1} if is_good else {}
    if lost_too:
        ledger.shown("c", 1.0).sent(1.1, outcome=Outcome.UNKNOWN, artworks=["c"], batch="c")
    if not receipts:
        ledger.capabilities = [one.key for one in EVERYTHING - {Capability.RECEIPTS}]
    return ledger.polled(5.0, **rows).final(9.0, **rows)


def clock_moved(ledger: HandWritten) -> HandWritten:
    """Let the first row of the database witness have a wall clock that is 6 ms ahead."""
    moved, row = ledger.rows["database"][0]
    ledger.rows["database"][0] = moved._replace(wall_ns=moved.wall_ns + 6_000_000), row
    return ledger


def without_attempts() -> HandWritten:
    """A browser's page under a fault, and batches that count no attempts."""
    ledger = duplicate_stored().saw(0.5, FaultStart(fault="answer lost"))
    browser = {"name": "firefox", "product": "Firefox", "version": "1", "platform": "Linux"}
    ledger.saw(0.1, BrowserUsed(**browser, kind="stock"))
    ledger.capabilities = [one.key for one in EVERYTHING - {Capability.BATCH_IDENTITY}]
    return ledger


def repeated_behind(*, sent: int = 1) -> HandWritten:
    """A load sent a view in ``sent`` requests, and it is stored twice."""
    ledger = lived().shown("a", 1.0)
    for attempt in range(1, sent + 1):
        ledger.sent(1.0 + attempt, artworks=["a"], attempt=attempt)
    return ledger.final(9.0, a=2)


CASES = [
    *cases(
        "nothing_lost",
        {},
        all_stored=(healthy, PASS),
        acknowledged=(lost_acked, FAIL),
        not_acknowledged=(lost_unacked, FAIL),
        seen_and_gone=(vanished, FAIL),
        still_queued=(undelivered, FAIL),
        no_final_read=(shown_only, UNKNOWN),
        nothing_shown=(HandWritten, UNKNOWN),
        redirected=(answered_elsewhere, UNKNOWN, "1 of 2", "answered by a redirect"),
        redirected_and_refused=(lambda: answered_elsewhere(again=503), FAIL, "1 of 2"),
        redirected_and_silent=(lambda: answered_elsewhere(again=0), UNKNOWN, "1 of 2"),
        session_ended=(lambda: signed_out(401, 401), UNKNOWN, "2 of 3", "sessions had ended (401)"),
        session_ended_and_receipts=(lambda: signed_out(401, receipts=True), FAIL, "1 of 2"),
        session_lost_and_found=(lambda: signed_out(401, 200), FAIL, "1 of 3"),
        session_ended_beside_a_loss=(lambda: signed_out(401, lost_too=True), FAIL, "1 of 3"),
        never_signed_in=(lambda: signed_out(403), FAIL, "1 of 2"),
        redirected_beside_a_loss=(lambda: answered_elsewhere(lost_too=True), FAIL, "1 of 3"),
    ),
    *cases(
        "nothing_twice",
        {},
        once_each=(healthy, PASS),
        two_rows=(duplicate_stored, FAIL),
        without_attempts=(without_attempts, FAIL, "the client may have sent each once"),
        sent_once=(repeated_behind, FAIL, "1 of them arrived in one request alone: no client"),
        sent_again=(lambda: repeated_behind(sent=2), FAIL, "1 rows too many"),
        no_final_read=(shown_only, UNKNOWN),
        no_row=(lambda: HandWritten().shown("a", 1.0).final(9.0), UNKNOWN),
    ),
    *cases(
        "nothing_unshown",
        {},
        all_shown=(healthy, PASS),
        never_shown=(phantom, FAIL),
        no_final_read=(shown_only, UNKNOWN),
    ),
    *cases(
        "nothing_corrupt",
        {},
        in_time=(healthy, PASS),
        viewed_too_early=(viewed_too_early, FAIL),
        the_clock_moved=(lambda: clock_moved(viewed_too_early()), UNKNOWN, "apart by 6.0 ms"),
        no_final_read=(shown_only, UNKNOWN),
    ),
]


test_each_case = every_case_holds(CASES)


def test_a_second_row_is_the_client_s_where_no_browser_can_have_sent_again(tmp_path: Path) -> None:
    """Batches count their attempts, requests are numbered, no connection was broken, or no browser
    visited."""
    counted, numbered, unbroken, unvisited = (without_attempts() for _ in range(4))
    numbered.capabilities = [*numbered.capabilities, Capability.NUMBERED_REQUESTS.key]
    counted.capabilities = [one.key for one in EVERYTHING]
    unbroken.rows["network"] = [r for r in unbroken.rows["network"] if "Fault" not in str(r)]
    unvisited.rows["network"] = [r for r in unvisited.rows["network"] if "Browser" not in str(r)]
    for number, ledger in enumerate((counted, numbered, unbroken, unvisited)):
        found = find("nothing_twice", ledger, tmp_path / str(number))
        assert found.summary == "1 impressions are stored more than once, 1 rows too many"


def test_what_a_client_sent_again_is_not_called_a_proxy_s_doing(tmp_path: Path) -> None:
    found = find("nothing_twice", repeated_behind(sent=2), tmp_path)
    assert found.summary == "1 impressions are stored more than once, 1 rows too many"


def test_examples_name_the_offenders(tmp_path: Path) -> None:
    assert find("nothing_lost", lost_acked(), tmp_path).examples == ("ann/b",)
