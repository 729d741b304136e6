"""Each check passes on a ledger that is in order, fails on one made to fail it, and decides
nothing where the evidence is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reports.checks import ALWAYS, CHECKS
from reports.judging.judge import judge_run
from reports.verdict.verdict import Verdict
from tests.reports.checks.delivery.test_crashes import CRASHED
from tests.reports.checks.delivery.test_queues import QUEUED
from tests.reports.checks.delivery.test_races import RACED
from tests.reports.checks.instrument.test_network import NETWORK
from tests.reports.checks.load.test_generator import GENERATED
from tests.reports.checks.load.test_resources import USED
from tests.reports.checks.page.test_flushes import SENT
from tests.reports.checks.page.test_flushes_in_flight import FLOWN
from tests.reports.checks.page.test_leaving import LEFT
from tests.reports.checks.page.test_retries import RETRIED
from tests.reports.checks.page.test_retry_books import BOOKED
from tests.reports.evidence.test_fates import (
    duplicate_stored,
    late,
    lost_acked,
    lost_unacked,
    phantom,
    undelivered,
    vanished,
    viewed_too_early,
)
from tests.reports.ledgers import HandWritten, evidence_of, find, healthy, without

PAGES = (*SENT, *FLOWN, *LEFT, *BOOKED, *RETRIED)
ELSEWHERE = (*PAGES, *NETWORK, *GENERATED, *USED, *CRASHED, *RACED, *QUEUED)
Make = Callable[[], HandWritten]


def nobody_looked() -> HandWritten:
    """Shown and nothing else: no final read, no receipts, no load."""
    return HandWritten().shown("a", 1.0)


def loaded(count: int, *, slow: int = 0, failed: int = 0, lag_ms: float = 0.5) -> HandWritten:
    """Return ``count`` requests in a row, the slow and the failed ones spread among them."""
    ledger = HandWritten()
    for number in range(count):
        is_slow = slow > 0 and number % (count // slow) == 0
        is_failed = failed > 0 and number % (count // failed) == 0
        ledger.sent(
            number / 50,
            took_ms=250.0 if is_slow else 5.0,
            lag_ms=lag_ms,
            batch=f"b{number}",
            outcome="unknown" if is_failed else "acknowledged",
            artworks=[f"a{number}"],
        )
    return ledger


def with_fault(*, felt: bool = True, bitten: bool = True, lasting_s: float = 5.0) -> HandWritten:
    ledger = healthy().saw("network", 2.0, kind="fault_start", fault="cut")
    sentinel = "sentinel_bitten" if bitten else "sentinel_unharmed"
    ledger.saw("network", 2.01, kind="sentinel_bitten", fault="cut", detail="after injection")
    ledger.saw(
        "network", 2.0 + lasting_s - 0.01, kind=sentinel, fault="cut", detail="before healing"
    )
    ledger.saw("network", 2.0 + lasting_s, kind="fault_end", fault="cut")
    if felt:
        ledger.saw("client", 3.0, kind="unknown", user="ann", tab="tab-1", artworks=["a"])
    return ledger


def held(fault: str, sentinel: str, *, span: str = "fault", then: str = "") -> HandWritten:
    """Hold a fault that a sentinel looked at, and ``then`` another that nobody looked at."""
    ledger = healthy().saw("network", 2.0, kind=f"{span}_start", fault=fault)
    ledger.saw("network", 2.5, kind=sentinel, fault=fault, detail="before healing")
    ledger.saw("network", 2.6, kind=f"{span}_end", fault=fault)
    return ledger.saw("network", 2.7, kind="fault_start", fault=then) if then else ledger


def waited(*kinds: str) -> HandWritten:
    ledger = healthy()
    for number, kind in enumerate(kinds):
        ledger.saw("client", 3.0 + number, kind=kind, user="ann", tab="t", detail='{"within_s": 9}')
    return ledger


def leaking_receipt() -> HandWritten:
    return healthy().receipt(["x", "y"], 3.0, inserted=0, duplicate=1)


def row_without_receipt() -> HandWritten:
    ledger = healthy()
    ledger.receipts = [r for r in ledger.receipts if r["kind"] != "batch"]
    return ledger.receipt(["a"], 1.1)


def receipt_without_row() -> HandWritten:
    return healthy().receipt(["x"], 3.0)


def covered() -> HandWritten:
    return healthy().shown("a", 3.0, tab="tab-2")


def cut_short() -> HandWritten:
    ledger = healthy()
    ledger.status = None
    return ledger


def broken() -> HandWritten:
    ledger = healthy()
    ledger.status = "broken"
    return ledger


def never_quiet() -> HandWritten:
    return healthy().saw("network", 9.0, kind="unquiet", detail="a page still has a queue")


def unwatched() -> HandWritten:
    return without(healthy(), "database", kind="poll")


PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN

TABLE: list[tuple[str, dict[str, float], Make, Verdict]] = [
    ("witnesses_whole", {}, healthy, PASS),
    ("witnesses_whole", {}, cut_short, UNKNOWN),
    ("witnesses_whole", {}, broken, UNKNOWN),
    ("witnesses_whole", {}, never_quiet, UNKNOWN),
    ("witnesses_whole", {}, unwatched, UNKNOWN),
    ("witnesses_whole", {}, nobody_looked, UNKNOWN),
    ("views_as_planned", {"views": 2}, healthy, PASS),
    ("views_as_planned", {"views": 3}, healthy, UNKNOWN),
    ("views_as_planned", {"views": 2}, HandWritten, UNKNOWN),
    ("load_as_planned", {"impressions": 60}, lambda: loaded(60), PASS),
    ("load_as_planned", {"impressions": 61}, lambda: loaded(60), UNKNOWN),
    ("load_as_planned", {"impressions": 60}, HandWritten, UNKNOWN),
    ("fault_was_live", {"lasting_s": 5}, with_fault, PASS),
    ("fault_was_live", {"lasting_s": 5}, healthy, UNKNOWN),
    ("fault_was_live", {"lasting_s": 5}, lambda: with_fault(felt=False), UNKNOWN),
    ("fault_was_live", {"lasting_s": 5, "felt_least": 0}, lambda: with_fault(felt=False), PASS),
    (
        "fault_was_live",
        {"lasting_s": 5, "felt_least": 0},
        lambda: with_fault(felt=False, bitten=False),
        UNKNOWN,
    ),
    ("fault_was_live", {"lasting_s": 5}, lambda: with_fault(bitten=False), UNKNOWN),
    ("fault_was_live", {"lasting_s": 5}, lambda: with_fault(lasting_s=4.9), UNKNOWN),
    ("witnesses_whole", {}, lambda: held("answered 503", "sentinel_bitten"), PASS),
    ("witnesses_whole", {}, lambda: held("answered 503", "sentinel_unharmed"), UNKNOWN),
    ("witnesses_whole", {}, lambda: held("answered 503", "sentinel_armed"), UNKNOWN),
    ("witnesses_whole", {}, lambda: held("script", "sentinel_unharmed", span="change"), UNKNOWN),
    ("witnesses_whole", {}, lambda: held("script", "sentinel_bitten", span="change"), PASS),
    ("witnesses_whole", {}, lambda: held("cut", "sentinel_bitten", then="answered 503"), UNKNOWN),
    ("drained_in_time", {}, lambda: waited("drained", "drained"), PASS),
    ("drained_in_time", {}, lambda: waited("drained", "undrained", "drained"), FAIL),
    ("drained_in_time", {}, healthy, UNKNOWN),
    ("nothing_lost", {}, healthy, PASS),
    ("nothing_lost", {}, lost_acked, FAIL),
    ("nothing_lost", {}, lost_unacked, FAIL),
    ("nothing_lost", {}, vanished, FAIL),
    ("nothing_lost", {}, undelivered, FAIL),
    ("nothing_lost", {}, nobody_looked, UNKNOWN),
    ("nothing_lost", {}, HandWritten, UNKNOWN),
    ("nothing_twice", {}, healthy, PASS),
    ("nothing_twice", {}, duplicate_stored, FAIL),
    ("nothing_twice", {}, nobody_looked, UNKNOWN),
    ("nothing_twice", {}, lambda: HandWritten().shown("a", 1.0).final(9.0), UNKNOWN),
    ("nothing_unshown", {}, healthy, PASS),
    ("nothing_unshown", {}, phantom, FAIL),
    ("nothing_unshown", {}, nobody_looked, UNKNOWN),
    ("nothing_corrupt", {}, healthy, PASS),
    ("nothing_corrupt", {}, viewed_too_early, FAIL),
    ("nothing_corrupt", {}, nobody_looked, UNKNOWN),
    ("every_view_carried", {}, healthy, PASS),
    ("every_view_carried", {}, covered, FAIL),
    ("every_view_carried", {}, lost_unacked, FAIL),
    ("every_view_carried", {}, nobody_looked, UNKNOWN),
    ("every_view_carried", {}, HandWritten, UNKNOWN),
    ("conservation", {}, healthy, PASS),
    ("conservation", {}, leaking_receipt, FAIL),
    ("conservation", {}, row_without_receipt, FAIL),
    ("conservation", {}, receipt_without_row, FAIL),
    ("conservation", {}, nobody_looked, UNKNOWN),
    ("in_time", {"within_s": 5}, healthy, PASS),
    ("in_time", {"within_s": 5}, late, FAIL),
    ("in_time", {"within_s": 5}, lost_unacked, FAIL),
    ("in_time", {"within_s": 5}, nobody_looked, UNKNOWN),
    ("latency_p95", {"limit_ms": 100}, lambda: loaded(1000), PASS),
    ("latency_p95", {"limit_ms": 100}, lambda: loaded(1000, slow=100), FAIL),
    ("latency_p95", {"limit_ms": 100}, lambda: loaded(1000, failed=100), FAIL),
    ("latency_p95", {"limit_ms": 100}, lambda: loaded(1000, slow=50), UNKNOWN),
    ("latency_p95", {"limit_ms": 100}, lambda: loaded(1000, slow=100, lag_ms=80), UNKNOWN),
    ("latency_p95", {"limit_ms": 100}, lambda: loaded(58), UNKNOWN),
    ("latency_p95", {"limit_ms": 100}, HandWritten, UNKNOWN),
    ("flush_success", {"minimum": 0.995}, lambda: loaded(600), PASS),
    ("flush_success", {"minimum": 0.995}, lambda: loaded(600, failed=12), FAIL),
    ("flush_success", {"minimum": 0.995}, lambda: loaded(590), UNKNOWN),
    ("flush_success", {"minimum": 0.995}, HandWritten, UNKNOWN),
]


@pytest.mark.parametrize(("check", "parameters", "make", "verdict"), TABLE)
def test_each_check_on_its_ledgers(
    tmp_path: Path, check: str, parameters: dict[str, float], make: Make, verdict: Verdict
) -> None:
    finding = find(check, make(), tmp_path, **parameters)
    assert finding.verdict is verdict, finding.summary
    assert finding.check == check
    assert finding.summary


def test_every_check_has_a_ledger_that_stops_it() -> None:
    """No check that cannot fail: a target's check fails somewhere, an instrument's is undecided."""
    instruments = {
        "witnesses_whole",
        "views_as_planned",
        "load_as_planned",
        "fault_was_live",
        "calibrated",
        "premise_held",
        "generator_healthy",
        "workers_whole",
        "offered_rate",
        "new_row_share",
        "opened_within",
    }
    stopped_by: dict[str, set[Verdict]] = {name: set() for name in CHECKS}
    for check, _, _, verdict in [*TABLE, *(case.values for case in ELSEWHERE)]:
        stopped_by[str(check)].add(verdict)
    for name, verdicts in stopped_by.items():
        assert PASS in verdicts, name
        assert UNKNOWN in verdicts, name
        assert (FAIL in verdicts) is (name not in instruments), name


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_nothing_passes_on_an_empty_ledger(tmp_path: Path, check: str) -> None:
    parameters = {name: example for name, example, *_ in TABLE} | {
        case.values[0]: case.values[1] for case in ELSEWHERE
    }
    empty = HandWritten()
    assert find(check, empty, tmp_path, **parameters[check]).verdict is UNKNOWN


def test_a_killed_server_may_leave_rows_without_receipts(tmp_path: Path) -> None:
    """It died between COMMIT and the receipt: allowed for ids that a client did attempt."""
    ledger = row_without_receipt()
    ledger.receipts = [r for r in ledger.receipts if r["kind"] != "stopped"]
    assert find("conservation", ledger, tmp_path / "attempted").verdict is PASS
    ledger = without(ledger, "client", kind="attempt")
    assert find("conservation", ledger, tmp_path / "unexplained").verdict is FAIL


def test_a_batch_whose_outcome_the_server_does_not_know_may_have_rows(tmp_path: Path) -> None:
    ledger = row_without_receipt()
    unknown = {"status": 503, "reason": "outcome_unknown", "rejected": 1, "inserted": 0}
    ledger.receipt(["b"], 1.15, **unknown)
    assert find("conservation", ledger, tmp_path / "allowed").verdict is PASS
    ledger.receipts[-1]["reason"] = "queue_full"
    assert find("conservation", ledger, tmp_path / "not allowed").verdict is FAIL


def test_a_lost_tail_of_a_witness_file_is_noticed(tmp_path: Path) -> None:
    """The file still reads well, but holds less than the run wrote down at its end."""
    ledger = healthy().shown("c", 2.0)
    ledger.checks = [{"name": "nothing_twice", "parameters": {}}]
    directory = ledger.write(tmp_path)
    shorter = healthy().write(tmp_path / "other")
    (directory / "viewer.arrows").write_bytes((shorter / "viewer.arrows").read_bytes())
    cell = judge_run(directory).cell
    assert cell.verdict is UNKNOWN
    assert "viewer.arrows is not as the run left it; it held 6 rows" in cell.reason


def test_a_missing_witness_file_is_noticed(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.checks = [{"name": "nothing_twice", "parameters": {}}]
    directory = ledger.write(tmp_path)
    (directory / "viewer.arrows").unlink()
    assert "viewer.arrows is missing; it held 4 rows" in judge_run(directory).cell.reason


def test_the_checks_that_always_judge_exist() -> None:
    assert ALWAYS
    assert set(ALWAYS) <= set(CHECKS)


def test_examples_name_the_offenders(tmp_path: Path) -> None:
    assert find("nothing_lost", lost_acked(), tmp_path).examples == ("ann/b",)


def test_the_fates_of_a_healthy_run_add_up(tmp_path: Path) -> None:
    assert evidence_of(healthy(), tmp_path).fates.counts() == {"recorded_once": 2}


def loads_of_two() -> HandWritten:
    """Return one batch that was acknowledged at its second attempt, and one never."""
    ledger = HandWritten()
    ledger.sent(1.0, batch="retried", outcome="unknown", artworks=["a"])
    ledger.sent(3.0, batch="retried", attempt=2, artworks=["a"])
    return ledger.sent(1.5, batch="never", outcome="refused", artworks=["b"])


def test_a_batch_that_got_through_in_the_end_is_a_success(tmp_path: Path) -> None:
    finding = find("flush_success", loads_of_two(), tmp_path, minimum=0.995)
    assert finding.measured == 0.5
    assert finding.n == 2
    assert "0.00 % at the first attempt" in finding.summary


def test_retries_are_not_counted_as_more_load(tmp_path: Path) -> None:
    assert find("load_as_planned", loads_of_two(), tmp_path, impressions=2).verdict is PASS


def test_more_than_planned_is_not_as_planned(tmp_path: Path) -> None:
    assert find("views_as_planned", healthy(), tmp_path / "1", views=1).verdict is UNKNOWN
    assert find("load_as_planned", loaded(60), tmp_path / "2", impressions=59).verdict is UNKNOWN


def test_latency_counts_from_the_schedule_not_from_the_send(tmp_path: Path) -> None:
    """Sent 240 ms late and answered 10 ms later: 250 ms for whoever waits."""
    ledger = HandWritten()
    for number in range(600):
        late = {"took_ms": 250.0, "lag_ms": 240.0} if number % 100 == 0 else {}
        ledger.sent(number / 50, batch=f"b{number}", artworks=[f"a{number}"], **late)
    finding = find("latency_p95", ledger, tmp_path, limit_ms=100)
    assert finding.summary.startswith("6 of 600 requests took 100 ms or more")


def test_a_request_at_the_limit_is_over_it(tmp_path: Path) -> None:
    ledger = HandWritten()
    for number in range(600):
        ledger.sent(number / 50, took_ms=100.0, batch=f"b{number}", artworks=[f"a{number}"])
    assert find("latency_p95", ledger, tmp_path, limit_ms=100).verdict is FAIL


def test_slow_requests_in_one_burst_decide_nothing(tmp_path: Path) -> None:
    ledger = HandWritten()
    for number in range(1_000):
        took_ms = 250.0 if 500 <= number < 531 else 5.0
        ledger.sent(number / 50, took_ms=took_ms, batch=f"b{number}", artworks=[f"a{number}"])
    assert find("latency_p95", ledger, tmp_path, limit_ms=100).verdict is UNKNOWN


def test_ten_seconds_of_requests_are_the_least(tmp_path: Path) -> None:
    ledger = HandWritten()
    for number in range(600):
        ledger.sent(number / 600, batch=f"b{number}", artworks=[f"a{number}"])
    assert find("latency_p95", ledger, tmp_path, limit_ms=100).verdict is UNKNOWN


def test_a_fault_that_only_the_load_felt_was_live(tmp_path: Path) -> None:
    ledger = with_fault(felt=False).sent(3.0, outcome="unknown")
    assert find("fault_was_live", ledger, tmp_path / "during", lasting_s=5).verdict is PASS
    ledger = with_fault(felt=False).sent(8.0, outcome="unknown")
    assert find("fault_was_live", ledger, tmp_path / "after", lasting_s=5).verdict is UNKNOWN


def test_one_sentinel_is_not_enough(tmp_path: Path) -> None:
    ledger = without(with_fault(), "network", detail="before healing")
    assert find("fault_was_live", ledger, tmp_path, lasting_s=5).verdict is UNKNOWN


def test_quiescence_that_nobody_looked_for_is_missed(tmp_path: Path) -> None:
    ledger = without(healthy(), "network", kind="quiescence")
    finding = find("witnesses_whole", ledger, tmp_path)
    assert "nobody looked whether the system was quiet" in finding.summary


def test_one_lifetimes_surplus_does_not_pay_for_anothers_leak(tmp_path: Path) -> None:
    ledger = healthy().lifetime("m").receipt(["x"], 3.0, inserted=0, duplicate=2, lifetime="m")
    ledger.receipt(["y", "y"], 3.0, inserted=0, duplicate=1, lifetime="l")
    finding = find("conservation", ledger, tmp_path)
    assert finding.verdict is FAIL
    assert "neither inserted, duplicate nor rejected" in finding.summary


def test_a_refused_receipt_carries_nothing(tmp_path: Path) -> None:
    refused = {"status": 503, "reason": "queue_full", "rejected": 1, "inserted": 0}
    times = {"committed_mono_ns": None, "committed_wall_ns": None}
    ledger = healthy().shown("c", 2.0).receipt(["c"], 2.2, **refused, **times)
    assert find("every_view_carried", ledger, tmp_path).verdict is FAIL


def test_what_the_load_was_told_counts_as_acknowledged(tmp_path: Path) -> None:
    ledger = healthy().sent(2.0, artworks=["c"]).shown("c", 1.9)
    assert "lost_acked" in evidence_of(ledger, tmp_path).fates.counts()
