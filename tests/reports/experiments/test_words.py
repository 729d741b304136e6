"""What an experiment rests on, in words."""

from __future__ import annotations

import math
from dataclasses import replace as changed
from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.ledger.experiment import Hypothesis, Metric, PlannedLook
from reports.experiments import words
from reports.experiments.losses import Loss
from reports.experiments.result import Result
from reports.statistics.paired.looks import LookPlan
from tests.reports.experiment_builder import (
    LOOK,
    METRICS,
    Written,
    around,
    four_arms,
    one_figure,
)
from tests.reports.stored_experiments import LOAD, plan_of


@pytest.mark.parametrize(
    ("log_ratio", "expected", "signed"),
    [
        (math.log(0.917), "8.3 % lower", "−8.3 %"),
        (math.log(4), "300 % higher", "+300 %"),
        (0.0, "0 % apart", "0 %"),
        (math.inf, "unknown", ""),
    ],
)
def test_a_log_ratio_in_words(log_ratio: float, expected: str, signed: str) -> None:
    assert words.difference_words(log_ratio) == expected
    assert words.signed_percent(log_ratio) == signed


def test_an_open_side_of_an_interval_is_any(tmp_path: Path) -> None:
    [ratio] = one_figure(1.0).result(tmp_path).comparisons
    assert words.signed_interval(ratio, -math.inf, 0.1) == "any to +10.5 %"
    assert words.signed_interval(ratio, -math.inf, math.inf) == "none yet"
    assert words.signed_interval(ratio, -0.1, 0.1) == "−9.5 to +10.5 %"
    in_unit = changed(ratio, scale="difference")
    assert words.signed_interval(in_unit, -math.inf, 0.5) == "any to +0.5 ms"
    assert words.signed_interval(in_unit, -1.25, 0.0) == "−1.25 to 0 ms"
    assert (words.signed(in_unit, 3.0), words.signed(in_unit, math.inf)) == ("+3 ms", "")
    assert words.apart_words(in_unit, -3.0) == "3 ms lower"
    assert words.apart_words(in_unit, 0.0) == "0 apart"
    assert words.apart_words(in_unit, math.nan) == "unknown"


def answers(result: Result) -> list[tuple[str, str, str]]:
    return [
        (words.expected_bounds(one), words.answer_measured(one), words.answer_interval(one))
        for one in result.answers
    ]


def test_hypotheses_show_their_bounds_and_what_was_measured(tmp_path: Path) -> None:
    found = answers(four_arms().result(tmp_path / "four"))
    assert found[0][0] == "20 to 40 ms"
    assert found[0][1].endswith(" ms")
    assert found[1][0] == "+270 to +330 %, against 200"
    assert found[2][0] == "at most −9 %, against 200"
    base = {"arm": "new", "part": "load", "measure": METRICS[0].measure, "says": "so"}
    bounds = [Hypothesis(**base, low=3), Hypothesis(**base)]  # type: ignore[arg-type]
    none = answers(Written(arms={"old": {}, "new": {}}, hypotheses=bounds).result(tmp_path / "no"))
    assert none == [("at least 3 ms", "", ""), ("anything", "", "")]


def test_looks_say_which_one_is_shown(tmp_path: Path) -> None:
    looks = (PlannedLook(blocks=6, alpha=0.003), PlannedLook(blocks=11, alpha=0.049))
    result = one_figure(1.0, blocks=8, looks=looks).result(tmp_path / "eight")
    assert words.looks_sentence(result) == (
        "Results are decided on at planned looks only, for deciding after every block would err "
        "more often: look 1 after 6 blocks (at an error of 0.3 %), look 2 after 11 blocks "
        "(at an error of 4.9 %); 8 of 11 blocks are complete: what is shown is look 1 of 2, after "
        "6 blocks, and the 2 after it enter with the next one."
    )
    assert words.look_title(result) == "look 1 of 2, after 6 blocks"
    assert words.planned_looks(result.plan) == "look 1 after 6 blocks, look 2 after 11 blocks"
    assert len(words.counted_blocks(result)) == 6
    early = one_figure(1.0, blocks=2, looks=looks).result(tmp_path / "two")
    assert words.looks_sentence(early).endswith("so nothing was looked at yet.")
    assert words.look_title(early) == "before the first look, after 2 blocks"
    assert len(words.counted_blocks(early)) == 2


def test_an_arm_whose_figures_all_moved_alarms(tmp_path: Path) -> None:
    arms = around({"old": (1.0, 1.0, 1.0), "new": (1.2, 1.2, 1.2)})
    result = Written(arms=arms, looks=LOOK).result(tmp_path)
    [alarm] = words.drift_sentences(result)
    assert alarm.startswith("new: 3 of 3 metrics are worse by more than 5.0 %")
    assert words.drifts(result)["new"].shift > 0.1
    assert words.machine_sentence(result).startswith("The machine was steady")


def test_what_is_better_higher_is_signed_so_that_more_is_worse(tmp_path: Path) -> None:
    metric = (Metric(measure=METRICS[0].measure, title="rows", better="higher"),)
    result = one_figure(1.2, metrics=metric).result(tmp_path)
    assert words.drifts(result)["new"].shift < -0.1


def test_a_loser_of_each_kind_has_its_word() -> None:
    loss = Loss(part="p", arm="a", slots=2, shown=100, lost=9, false=0, alone=0, p=0.001)
    assert words.loss_word(loss, "c") == "loses"
    assert words.loss_word(changed(loss, false=2), "c") == "loses, stores what is false"
    assert words.loss_word(changed(loss, lost=0, false=2), "c") == "stores what is false"
    assert words.loss_word(changed(loss, lost=0, p=1.0), "c") == "loses nothing"
    assert words.loss_word(changed(loss, shown=0, lost=0, p=1.0), "c") == "nothing counts"
    assert words.loss_interval(changed(loss, shown=0, lost=0)) == ""
    assert words.loss_interval(loss) == "4.2 to 16 %"


@pytest.mark.parametrize(
    ("arms", "blocks", "every", "expected"),
    [
        (2, 22, 1, []),
        (2, 22, 2, ["rare has 6 blocks at look 1, too few for better or worse there (it"]),
        (2, 22, 6, ["rare has 4 blocks at the last look, too few for better or worse: it takes 6"]),
        (
            4,
            22,
            2,
            ["rare has 6 blocks at look 1, too few for better or worse there (it"],
        ),
        (2, 1, 1, ["rare has 1 block at the last look, too few", "also has 1 block at the last"]),
    ],
)
def test_a_part_that_is_too_rare_to_decide_says_so_before_it_runs(
    arms: int, blocks: int, every: int, expected: list[str]
) -> None:
    names = tuple("abcdef"[:arms])
    looks = LookPlan(blocks=blocks, arms=arms - 1).looks()
    parts = (replace(LOAD, name="rare", every=every), replace(LOAD, name="also"))
    plan = plan_of(
        names, blocks=blocks, looks=[(one.blocks, one.alpha) for one in looks], parts=parts
    )
    found = words.too_rare(plan)
    assert len(found) == len(expected)
    assert all(one.startswith(begin) for one, begin in zip(found, expected, strict=True))
    losses = plan_of(blocks=1, parts=(replace(LOAD, metrics=()),))
    assert words.too_rare(losses) == []
    if every == 6:
        assert found[0].endswith("--blocks 31 or more")
