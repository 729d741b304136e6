"""The pictures of a result: from its figures, and from the loads of its runs."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.core.outcome import Outcome
from harness.ledger.experiment import Metric
from harness.ledger.kinds.load import LoadRow
from reports.experiments import pictures
from reports.experiments.result import Result
from tests.reports.experiment_builder import METRICS, Written, around, four_arms
from tests.reports.ledgers import HandWritten, at, healthy
from tests.reports.plots.reading import labels


def loaded(*took_ms: float) -> HandWritten:
    """A run whose load took these times; infinite: not answered."""
    ledger = healthy()
    for number, ms in enumerate(took_ms):
        answered = math.isfinite(ms)
        due = at(1.0).mono_ns
        row = LoadRow(
            scheduled_ns=due,
            sent_ns=due,
            done_ns=due + round((ms if answered else 5_000) * 1e6),
            user="u",
            tab="u",
            batch=f"b{number}",
            attempt=1,
            outcome=Outcome.ACKNOWLEDGED if answered else Outcome.UNKNOWN,
            status=200 if answered else 0,
            body_bytes=10,
            artworks=("x",),
        )
        ledger.saw(1.0, row)
    return ledger


def with_loads(directory: Path) -> Result:
    """Two blocks of two arms; the second block's run of ``new`` is not there any more."""
    arms = around({"old": (1.0,), "new": (1.1,)}, blocks=2)
    metrics = (*METRICS, Metric(measure="load_requests", title="requests"))
    for own in arms.values():
        own["load_requests"] = [3.0, 3.0]
    result = Written(arms=arms, metrics=metrics).result(directory)
    for block in result.blocks:
        for slot in block.slots:
            if (slot.block, slot.arm) != (2, "new"):
                took = (10.0, 20.0, math.inf) if slot.arm == "old" else (5.0, 6.0, 7.0)
                loaded(*took).write(Path(slot.run))
    return result


def test_response_times_come_from_the_runs_that_can_be_read(tmp_path: Path) -> None:
    result = with_loads(tmp_path)
    times = pictures.response_times(result, result.plan.parts[0])
    assert sorted(times["old"]) == [10, 10, 20, 20, math.inf, math.inf]
    assert sorted(times["new"]) == [5, 6, 7]
    picture = pictures.ecdf_of(result, result.plan.parts[0])
    assert picture is not None
    assert "9 requests" in picture.description


def test_where_there_is_no_load_there_is_no_picture_of_it(tmp_path: Path) -> None:
    result = four_arms().result(tmp_path)
    assert pictures.ecdf_of(result, result.plan.parts[0]) is None


def test_the_forest_has_every_figure_and_names_a_loser(tmp_path: Path) -> None:
    result = four_arms().result(tmp_path)
    picture = pictures.forest_of(result, result.plan.parts[0])
    assert len(picture.rows) == 1 + 3 * 3
    shown = labels(picture)
    assert sum(words.endswith("✗ loses") for words in shown) == 3
    assert "response, p95 · lower is better" in shown


def test_the_control_is_the_first_arm_of_every_picture(tmp_path: Path) -> None:
    result = four_arms().result(tmp_path)
    turned = replace(
        result,
        plan=four_arms(
            arms={name: four_arms().arms[name] for name in ("500", "50", "200", "100")}
        ).plan(),
    )
    assert pictures.arms_in_order(result) == ["200", "50", "100", "500"]
    assert pictures.arms_in_order(turned)[0] == turned.plan.control


def test_the_trade_off_passes_over_another_quantile_of_the_same(tmp_path: Path) -> None:
    median = Metric(measure="load_response_p50_ms", title="response, median")
    metrics = (METRICS[0], median, METRICS[1], METRICS[2])
    arms = around({"old": (1.0,) * 4, "new": (1.1,) * 4}, metrics=metrics, bases=(50, 20, 800, 5))
    result = Written(arms=arms, metrics=metrics).result(tmp_path / "four")
    picture = pictures.trade_off_of(result, result.plan.parts[0])
    assert picture is not None
    assert picture.rows[0] == (
        *("arm", "response, p95", "age when durable, p95", "requests per 1,000 impressions"),
        "Pareto front",
    )
    one = Written(arms=around({"old": (1.0,), "new": (1.1,)})).result(tmp_path / "one")
    assert pictures.trade_off_of(one, one.plan.parts[0]) is None


def test_slots_stand_in_their_order_with_those_that_do_not_count(tmp_path: Path) -> None:
    result = four_arms().result(tmp_path)
    picture = pictures.slots_of(result, result.plan.parts[0])
    assert "44 slots of 11 blocks, 1 of them not counted" in picture.description
    assert "The machine was busy in 1 block." in picture.description
    figures = [row[1] for row in picture.rows[1:]]
    assert len(figures) == 11
    known = np.array([float(one) for one in figures])
    assert known == pytest.approx(four_arms().arms["200"][METRICS[0].measure], rel=0.01)
