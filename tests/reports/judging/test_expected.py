"""An expected loss forgives exactly what it names; everything beside it gates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as evolve
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from harness.core.errors import LedgerUnreadable
from harness.ledger.json_files import read_json, write_json
from harness.ledger.kinds.database import FinalRow
from reports.evidence.evidence import Evidence
from reports.judging import expected as expected_module
from reports.judging import findings, judge
from reports.judging.expected import sentence
from reports.judging.judge import judge_suite
from reports.statistics.share import binomial_at_least, binomial_at_most
from reports.verdict.verdict import Cell, Finding, Verdict, judge_cells
from tests.reports.ledgers import HandWritten, altered
from tests.reports.suites import CHECKS, HALF, judged, lossy, lossy_suite

ALWAYS_ALL = replace(HALF, rate=(1.0, 1.0))


def test_a_loss_that_was_expected_fails_and_does_not_gate(tmp_path: Path) -> None:
    suite = judged(tmp_path, lossy(10), HALF)
    cell = suite.cells[0]
    assert cell.verdict is Verdict.FAIL
    assert not cell.gates
    assert cell.failed_as_expected
    assert cell.expected == (
        "40 to 60 % of what is shown becomes lost_unacked or undelivered, so that nothing_lost "
        "and every_view_carried may fail (measured in a hundred runs)"
    )
    assert suite.verdict is Verdict.PASS
    assert suite.reason == "1 of 2 cells passed; 1 failed as expected"


def test_the_same_loss_gates_where_nothing_was_expected(tmp_path: Path) -> None:
    suite = judged(tmp_path, lossy(10), None)
    assert suite.cells[0].gates
    assert suite.cells[0].expected == ""
    assert suite.verdict is Verdict.FAIL


def test_a_run_judged_alone_knows_what_it_was_expected_to_lose(tmp_path: Path) -> None:
    suite = judged(tmp_path, lossy(10), HALF)
    alone = judge_suite(tmp_path / str(suite.cells[0].run)).suite
    assert alone.cells[0].failed_as_expected
    assert alone.cells[0].expected == suite.cells[0].expected
    assert alone.verdict is Verdict.UNKNOWN


def acknowledged_after_all(ledger: HandWritten) -> HandWritten:
    return ledger.acknowledged(["art019"], 2.0)


def seen_and_gone(ledger: HandWritten) -> HandWritten:
    return ledger.polled(2.0, art019=1)


def doubled(ledger: HandWritten) -> HandWritten:
    return ledger.saw(9.0, FinalRow(user="ann", artwork="art000", copies=2))


def phantom(ledger: HandWritten) -> HandWritten:
    return ledger.saw(9.0, FinalRow(user="ann", artwork="ghost", copies=1))


def corrupt(ledger: HandWritten) -> HandWritten:
    altered(
        ledger,
        FinalRow,
        lambda row: (
            {"viewed_wall_ns": row.viewed_wall_ns - 5_000_000_000}
            if row.artwork == "art000"
            else {}
        ),
    )
    return ledger


def committed_without_a_row(ledger: HandWritten) -> HandWritten:
    return ledger.receipt(["art019"], 2.0)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (acknowledged_after_all, "1 lost_acked"),
        (seen_and_gone, "1 vanished"),
        (doubled, "1 duplicate_stored"),
        (phantom, "1 phantom"),
        (corrupt, "1 corrupt"),
        (committed_without_a_row, "conservation failed"),
    ],
)
@pytest.mark.parametrize("greedy", [False, True], ids=["named", "everything forgiven"])
def test_nothing_else_hides_behind_an_expected_loss(
    spoil: Callable[[HandWritten], HandWritten], named: str, greedy: bool, tmp_path: Path
) -> None:
    every_fate = ("lost_acked", "vanished", "duplicate_stored", "corrupt", "phantom")
    wide = replace(HALF, checks=CHECKS, fates=(*HALF.fates, *every_fate), rate=(0.0, 1.0))
    suite = judged(tmp_path, spoil(lossy(10)), wide if greedy else HALF, alone=True)
    assert suite.cells[0].gates
    assert suite.verdict is Verdict.FAIL
    assert named in suite.cells[0].reason.partition("not as expected: ")[2]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rate": (0.125, 0.125)}, "12.5 % of what is shown becomes lost_unacked"),
        ({"rate": (0.0, 1.0)}, "0 to 100 % of what is shown becomes lost_unacked"),
        ({"fates": ()}, "becomes nothing, so that nothing_lost and"),
        ({"checks": ()}, "or undelivered, so that no check may fail (measured in a hundred runs)"),
        ({"source": ""}, "nothing_lost and every_view_carried may fail"),
    ],
    ids=["one share", "any share", "no fate", "no check", "no source"],
)
def test_an_expectation_is_one_sentence(change: dict[str, Any], words: str) -> None:
    found = sentence(replace(HALF, **change))
    assert words in found
    assert found.endswith("may fail") is ("source" in change)


def test_a_check_that_was_not_named_gates(tmp_path: Path) -> None:
    suite = judged(tmp_path, lossy(10), replace(HALF, checks=("nothing_lost",)))
    assert suite.verdict is Verdict.FAIL
    assert suite.cells[0].reason.endswith("not as expected: every_view_carried failed")


def test_a_fate_that_was_not_named_gates(tmp_path: Path) -> None:
    suite = judged(tmp_path, lossy(10), replace(HALF, fates=("undelivered",), rate=(0.0, 1.0)))
    assert suite.verdict is Verdict.FAIL
    assert "not as expected: 10 lost_unacked" in suite.cells[0].reason


def test_a_check_that_crashes_gates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(evidence: Evidence) -> Finding:
        raise ZeroDivisionError("oops")

    broken = evolve(judge.CHECKS["nothing_twice"], function=crash)
    monkeypatch.setattr(findings, "CHECKS", {**judge.CHECKS, "nothing_twice": broken})
    suite = judged(tmp_path, lossy(10), HALF)
    assert suite.verdict is Verdict.FAIL
    assert "nothing_twice could not be decided" in suite.cells[0].reason


def test_damaged_evidence_is_unknown_and_never_an_expected_loss(tmp_path: Path) -> None:
    ledger = lossy(10)
    ledger.status = None
    suite = judged(tmp_path, ledger, HALF)
    assert suite.cells[0].verdict is Verdict.UNKNOWN
    assert suite.cells[0].gates
    assert suite.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("lost", "shown", "rate", "gates"),
    [
        (10, 20, (0.4, 0.6), False),
        (16, 20, (0.4, 0.6), False),  # P(16 or more of 20 at 60 %) = 5.1 %
        (18, 20, (0.4, 0.6), True),  # 0.4 %
        (3, 20, (0.4, 0.6), False),  # P(3 or fewer of 20 at 40 %) = 1.6 %
        (2, 20, (0.4, 0.6), True),  # 0.4 %
        (80, 100, (0.4, 0.6), True),
        (1, 20, (0.0, 0.0), True),
        (19, 20, (1.0, 1.0), True),
        (19, 20, (0.0, 1.0), False),
        (1, 20, (0.0, 1.0), False),
    ],
)
def test_a_share_outside_the_bounds_gates_unless_it_may_be_chance(
    lost: int, shown: int, rate: tuple[float, float], gates: bool, tmp_path: Path
) -> None:
    expected = replace(HALF, rate=rate)
    cell = judged(tmp_path, lossy(lost, shown), expected, alone=True).cells[0]
    assert cell.gates is gates
    low, high = rate
    more, less = (
        f"{word} than {100 * share:g} %" for word, share in (("more", high), ("less", low))
    )
    beyond = more if lost > high * shown else less
    assert cell.reason.endswith(f": {lost} of {shown} lost is {beyond}") is gates
    assert ("lost is " in cell.reason) is gates


def test_losing_everything_is_an_expected_loss_where_that_was_expected(tmp_path: Path) -> None:
    """No row and no receipt: the checks of rows and receipts have nothing to say, rightly."""
    suite = judged(tmp_path, lossy(20), ALWAYS_ALL)
    assert not suite.cells[0].gates
    assert suite.verdict is Verdict.PASS


def test_losing_everything_gates_where_half_was_expected(tmp_path: Path) -> None:
    assert judged(tmp_path, lossy(20), HALF).cells[0].gates


def test_a_crash_is_not_excused_where_everything_was_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(evidence: Evidence) -> Finding:
        raise ZeroDivisionError("oops")

    broken = evolve(judge.CHECKS["nothing_twice"], function=crash)
    monkeypatch.setattr(findings, "CHECKS", {**judge.CHECKS, "nothing_twice": broken})
    assert judged(tmp_path, lossy(20), ALWAYS_ALL).cells[0].gates


@pytest.mark.parametrize("beside", ["receipt", "phantom"])
def test_no_check_is_excused_where_anything_arrived(tmp_path: Path, beside: str) -> None:
    ledger = lossy(20)
    if beside == "receipt":
        ledger.receipt([], 1.2)
    else:
        phantom(ledger)
    [cell] = judged(tmp_path, ledger, ALWAYS_ALL, alone=True).cells
    assert cell.gates
    assert "not as expected: " in cell.reason


def test_a_run_that_showed_nothing_lost_nothing_as_expected(tmp_path: Path) -> None:
    """It fails for a row that no visitor made; the reason names both."""
    ledger = HandWritten().lifetime().receipt(["ghost"], 1.2).final(9.0, ghost=1)
    [cell] = judged(tmp_path, ledger, replace(HALF, rate=(0.0, 1.0)), alone=True).cells
    assert cell.gates
    assert cell.reason.endswith("nothing was shown")


def test_losing_everything_gates_when_the_server_was_never_up(tmp_path: Path) -> None:
    ledger = lossy(20)
    ledger.receipts.clear()
    assert judged(tmp_path, ledger, ALWAYS_ALL).cells[0].gates


@pytest.mark.parametrize(
    ("shown", "low", "news"), [(20, 0.4, True), (8, 0.4, False), (20, 0.0, False), (20, 1.0, True)]
)
def test_a_loss_that_did_not_appear_is_news_when_chance_is_unlikely(
    shown: int, low: float, news: bool, tmp_path: Path
) -> None:
    suite = judged(tmp_path, lossy(0, shown), replace(HALF, rate=(low, 1.0)))
    cell = suite.cells[0]
    assert cell.verdict is Verdict.PASS
    assert cell.gates
    assert bool(cell.news) is news
    assert suite.verdict is Verdict.PASS
    if news:
        assert cell.news == (
            f"the expected loss did not appear: all {shown} shown impressions were kept"
        )
        assert suite.reason == "2 of 2 cells passed; 1 kept what they were expected to lose"


@pytest.mark.parametrize(
    "nonsense",
    [
        {"fates": ["lost_unacked"], "checks": ["nothing_lost"], "source": "s"},
        {"fates": ["lost_unacked"], "checks": ["nothing_lost"], "rate": [0.6, 0.4], "source": ""},
        {"fates": ["lost_unacked"], "checks": ["nothing_lost"], "rate": [0, 40], "source": ""},
        {"fates": ["lost_unacked"], "checks": ["nothing_lost"], "rate": ["nan", 1], "source": ""},
        {"fates": None, "checks": ["nothing_lost"], "rate": [0, 1], "source": ""},
    ],
)
def test_an_expectation_that_makes_no_sense_forgives_nothing(
    nonsense: dict[str, Any], tmp_path: Path
) -> None:
    lossy_suite(tmp_path, lossy(10), HALF)
    plan = read_json(tmp_path / "plan.json")
    plan["cells"][0]["plan"]["expected"] = nonsense
    write_json(tmp_path / "plan.json", plan)
    with pytest.raises(LedgerUnreadable, match=r"plan.json: cells\[0\].plan.expected"):
        judge_suite(tmp_path)


def cell(verdict: Verdict, **more: Any) -> Cell:
    return Cell(scenario="s", arm="", seed=1, verdict=verdict, reason="nothing_lost: 1", **more)


def test_only_expected_failures_prove_nothing() -> None:
    known = cell(Verdict.FAIL, gates=False)
    assert judge_cells([known, known, cell(Verdict.NOT_RUN)]) == (
        Verdict.UNKNOWN,
        "none of 2 cells passed, so nothing is proven; 2 failed as expected; 1 not run",
    )


@pytest.mark.parametrize("worse", [Verdict.FAIL, Verdict.UNKNOWN])
def test_an_expected_failure_excuses_no_other_cell(worse: Verdict) -> None:
    known, good = cell(Verdict.FAIL, gates=False), cell(Verdict.PASS)
    verdict, reason = judge_cells([known, good, cell(worse)])
    assert verdict is worse
    assert reason.startswith("1 of 3 cells ")
    assert reason.endswith("; 1 failed as expected")


@pytest.mark.parametrize(("n", "share"), [(20, 0.4), (7, 0.05), (50, 0.93)])
def test_the_chances_are_those_of_the_binomial_distribution(n: int, share: float) -> None:
    from math import comb

    chance = [comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    for k in range(n + 1):
        assert binomial_at_least(k, n, share) == pytest.approx(sum(chance[k:]), rel=1e-9)
        assert binomial_at_most(k, n, share) == pytest.approx(sum(chance[: k + 1]), rel=1e-9)
    assert binomial_at_least(1, n, 0.0) == 0
    assert binomial_at_most(n - 1, n, 1.0) == 0


def test_what_can_be_forgiven_is_only_a_loss() -> None:
    assert {"lost_unacked", "undelivered"} == expected_module.FORGIVABLE
