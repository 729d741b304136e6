"""Each check passes on a ledger that is in order, fails on one made to fail it, and decides
nothing where the evidence is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reports.checks import ALWAYS, CHECKS
from reports.judge import judge_run
from reports.verdict import Verdict
from tests.reports.ledgers import HandWritten, evidence_of, find, healthy, without
from tests.reports.test_fates import (
    duplicate_stored,
    late,
    lost_acked,
    lost_unacked,
    phantom,
    undelivered,
    vanished,
    viewed_too_early,
)

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
    ("fault_was_live", {"lasting_s": 5}, lambda: with_fault(bitten=False), UNKNOWN),
    ("fault_was_live", {"lasting_s": 5}, lambda: with_fault(lasting_s=4.9), UNKNOWN),
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
    instruments = {"witnesses_whole", "views_as_planned", "load_as_planned", "fault_was_live"}
    stopped_by: dict[str, set[Verdict]] = {name: set() for name in CHECKS}
    for check, _, _, verdict in TABLE:
        stopped_by[check].add(verdict)
    for name, verdicts in stopped_by.items():
        assert PASS in verdicts, name
        assert UNKNOWN in verdicts, name
        assert (FAIL in verdicts) is (name not in instruments), name


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_nothing_passes_on_an_empty_ledger(tmp_path: Path, check: str) -> None:
    required: dict[str, Any] = {
        "views_as_planned": {"views": 1},
        "load_as_planned": {"impressions": 1},
        "fault_was_live": {"lasting_s": 1},
        "in_time": {"within_s": 1},
        "latency_p95": {"limit_ms": 100},
        "flush_success": {"minimum": 0.995},
    }
    empty = HandWritten()
    assert find(check, empty, tmp_path, **required.get(check, {})).verdict is UNKNOWN


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
