"""What is suspect becomes a question, and pairs of runs answer it."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.trend.nights import Nights, PlantedStep, revision, suites_of
from harness.ledger.history.facts import SuiteFacts
from reports.history.recheck import (
    PAIRS_MAX,
    PAIRS_MIN,
    Pair,
    Question,
    answers_of,
    pairs_within,
    questions_of,
)
from reports.history.record import TrendRecord
from reports.history.trend import trend

P95, ROWS = "load_response_p95_ms", "rows_per_commit"


def nights(*steps: PlantedStep, count: int = 20) -> tuple[TrendRecord, SuiteFacts]:
    suites = suites_of(Nights(count=count, seed=3, steps=steps))
    return trend([(str(number), one) for number, one in enumerate(suites)]), suites[-1]


def step(night: int, factor: float = 1.6, figure: str = P95) -> PlantedStep:
    return PlantedStep(scenario="steady_load", figure=figure, night=night, factor=factor)


def question(*figures: str, about_s: float = 22.0) -> Question:
    return Question(
        scenario="steady_load",
        arm="preset=durable",
        seed=1,
        figures=figures,
        good="aaa",
        suspect="bbb",
        about_s=about_s,
        p=0.001,
    )


def pairs(figure: str, ratio: float, *, count: int = 8, noise: float = 0.02) -> list[Pair]:
    chance = np.random.default_rng(5).normal(0, noise, (count, 2))
    return [
        {figure: (30 * float(np.exp(good)), 30 * ratio * float(np.exp(new)))}
        for good, new in chance
    ]


def test_a_suspect_is_asked_of_the_revisions_on_both_sides_of_it() -> None:
    [one] = questions_of(*nights(step(19)))
    assert (one.scenario, one.figures) == ("steady_load", (P95,))
    assert (one.good, one.suspect) == (revision(18), revision(19))
    assert one.pair_s > 2 * one.about_s > 0


def test_what_is_suspect_for_two_nights_is_asked_of_the_first_of_them() -> None:
    [one] = questions_of(*nights(step(18)))
    assert (one.good, one.suspect) == (revision(17), revision(18))


def test_figures_of_a_cell_are_one_question_and_better_ones_are_none() -> None:
    asked = questions_of(
        *nights(
            step(19),
            step(19, figure="load_response_p50_ms"),
            step(19, 0.5, "shown_to_durable_p95_ms"),
        )
    )
    assert [one.figures for one in asked] == [("load_response_p50_ms", P95)]


def test_a_steady_suite_asks_nothing() -> None:
    assert questions_of(*nights()) == []


@pytest.mark.parametrize(
    ("left_s", "count"),
    [(59, 0), (6 * 60 - 1, 0), (6 * 60, PAIRS_MIN), (9 * 60 + 1, 9), (1e6, PAIRS_MAX)],
)
def test_as_many_pairs_as_fit_and_none_where_too_few_would(left_s: float, count: int) -> None:
    assert pairs_within(question(P95), left_s) == count


def test_a_slower_revision_is_worse_whatever_the_noise_of_its_machine() -> None:
    [found] = answers_of(question(P95), pairs(P95, 1.3))
    assert (found.verdict, found.pairs) == ("worse", 8)
    assert found.percent is not None
    assert 25 < found.percent < 35
    assert found.sentence.startswith(
        "load_response_p95_ms of steady_load [preset=durable]: worse: it is the revision; +"
    )
    assert found.sentence.endswith("with bbb against aaa, 8 pairs of runs tonight")


def test_the_same_revision_is_not_accused() -> None:
    [found] = answers_of(question(P95), pairs(P95, 1.0, count=12))
    assert found.verdict == "equivalent"
    assert "it is not the revision, but chance or the machine" in found.sentence


def test_fewer_rows_a_commit_are_worse() -> None:
    [found] = answers_of(question(ROWS), pairs(ROWS, 0.7))
    assert found.verdict == "worse"
    [found] = answers_of(question(ROWS), pairs(ROWS, 1.5))
    assert found.verdict == "better"


def test_too_few_or_too_noisy_pairs_are_undecided() -> None:
    [few] = answers_of(question(P95), pairs(P95, 1.5, count=5))
    assert (few.verdict, few.interval) == ("undecided", (None, None))
    [noisy] = answers_of(question(P95), pairs(P95, 1.1, count=6, noise=0.5))
    assert noisy.verdict == "undecided"
    [none] = answers_of(question(P95), [{}, {P95: (0.0, 3.0)}])
    assert (none.verdict, none.pairs, none.percent) == ("undecided", 0, None)
    assert "no pair of runs has it on both sides" in none.sentence
