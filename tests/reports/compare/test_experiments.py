"""Two experiments: losses by arm, verdicts that changed, estimates with an interval."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from harness.ledger.experiment import PlannedLook
from reports.compare.experiments import Estimate95, difference
from reports.compare.record import ComparedRecord, FigureCompared
from reports.statistics.paired import signed_rank
from tests.reports.compared import experiments
from tests.reports.experiment_builder import METRICS, Written, around

LOOKS = (PlannedLook(blocks=11, alpha=0.05),)


def written(factor: float, *, control: str = "200", **more: object) -> Written:
    arms = around({control: (1.0,), "50": (factor,)}, seed=round(100 * factor))
    return Written(arms=arms, metrics=METRICS[:1], looks=LOOKS, **more)  # type: ignore[arg-type]


def figure(record: ComparedRecord) -> FigureCompared:
    [found] = record.figures
    return found


def test_the_interval_follows_from_both() -> None:
    found = difference(Estimate95(0.1, 0.0, 0.4), Estimate95(0.5, 0.2, 0.7))
    assert found == pytest.approx((0.4, 0.4 - math.hypot(0.3, 0.3), 0.4 + math.hypot(0.2, 0.1)))


def test_the_interval_of_two_alike_rarely_leaves_zero_out() -> None:
    chance = np.random.default_rng(1)

    def experiment() -> Estimate95:
        d = 0.05 * chance.standard_t(3, 9)
        return Estimate95(signed_rank.pseudo_median(d), *signed_rank.interval(d, 0.95))

    wrong = sum(
        not found.low <= 0 <= found.high
        for found in (difference(experiment(), experiment()) for _ in range(400))
    )
    assert wrong <= 0.05 * 400


@pytest.mark.parametrize(
    ("a", "b", "reading", "change"),
    [
        (1.0, 1.3, "higher", "worse"),
        (1.3, 1.0, "lower", "better"),
        (0.8, 1.0, "higher", "changed"),
        (1.3, 1.31, "open", ""),
    ],
)
def test_an_arm_against_the_same_control(
    tmp_path: Path, a: float, b: float, reading: str, change: str
) -> None:
    record = experiments(tmp_path, written(a), written(b))
    found = figure(record)
    assert (found.arm, found.reading) == ("50 against 200, in %", reading)
    assert found.difference_percent == pytest.approx(100 * (b / a - 1), abs=4)
    assert found.b == pytest.approx(100 * (b - 1), abs=3)
    assert [one.change for one in record.verdicts] == [change] * bool(change)
    outcomes = {"worse": "worse", "": "no difference"}
    assert record.outcome == outcomes.get(change, "no worse")


def test_the_same_twice_is_no_difference(tmp_path: Path) -> None:
    assert experiments(tmp_path, written(1.3), written(1.3)).outcome == "no difference"


def test_an_arm_that_loses_now(tmp_path: Path) -> None:
    record = experiments(tmp_path, written(1.3), written(1.3, lost={"50": 11}))
    [loss] = [one for one in record.fates if one.arm == "50"]
    assert (loss.reading, loss.b.lost, loss.a.lost) == ("new", 11, 0)
    assert loss.p < 0.01
    assert loss.p_visitors is None
    assert record.outcome == "worse"


def test_an_arm_that_fails_now_is_worse_though_it_loses_nothing(tmp_path: Path) -> None:
    failed = {(2, "50"): ("acks_after_commit",)}
    record = experiments(tmp_path / "now", written(1.3), written(1.3, failed=failed))
    [found] = record.findings
    assert (found.check, found.arm, found.change) == ("acks_after_commit", "50", "worse")
    assert found.a_summary == "in no block"
    assert found.b_summary == "in 1 of 11 blocks: acks_after_commit in block 2"
    assert record.outcome == "worse"
    assert "passed in A and failed in B: acks_after_commit in load [50]" in record.sentence
    back = experiments(tmp_path / "back", written(1.3, failed=failed), written(1.3))
    assert (back.findings[0].change, back.outcome) == ("better", "no worse")
    both = experiments(tmp_path / "both", written(1.3, failed=failed), written(1.3, failed=failed))
    assert (both.findings[0].change, both.outcome) == ("", "no difference")
    known = experiments(tmp_path / "known", written(1.3), written(1.3, failed=failed, gates=False))
    assert known.findings == ()


def test_another_control_lets_arms_be_compared_by_themselves(tmp_path: Path) -> None:
    other = written(1.0, control="100")
    record = experiments(tmp_path, written(1.5), other)
    found = figure(record)
    assert (found.arm, found.reading, found.units) == ("50", "lower", 11)
    assert found.a == pytest.approx(75, abs=8)
    assert found.b == pytest.approx(50, abs=5)
    assert "no pairs" in found.note
    assert (record.only_a, record.only_b) == (("200",), ("100",))


def test_too_few_blocks_have_no_interval(tmp_path: Path) -> None:
    arms = around({"200": (1.0,), "50": (1.1,)}, blocks=3)
    few = Written(arms=arms, metrics=METRICS[:1])
    record = experiments(tmp_path, written(1.1), few)
    assert figure(record).reading == "none"
    assert record.outcome == "undecided"
    assert "B has not decided its arms" in record.sentence


def test_an_arm_of_the_same_name_with_other_levels_is_another(tmp_path: Path) -> None:
    one = written(1.1)
    record = experiments(tmp_path, one, written(1.1, name="flush-delay"))
    assert record.common == 2
    assert [item.what for item in record.environment] == ["experiment"]
