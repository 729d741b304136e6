"""The decision in a sentence: losers first, then every arm; and what it rests on."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.ledger.experiment import Hypothesis, Metric, PlannedLook
from reports.experiments import words
from reports.experiments.losses import Loss
from reports.experiments.result import Result
from tests.reports.experiments.builder import METRICS, Written, around, four_arms

ONE = (METRICS[0],)
LOOK = (PlannedLook(blocks=11, alpha=0.05),)


def one_figure(factor: float, *, noise: float = 0.01, blocks: int = 11, **more: object) -> Written:
    """An arm ``new`` whose response is the control's times a factor."""
    arms = around({"old": (1.0,), "new": (factor,)}, noise=noise, blocks=blocks)
    values: dict[str, object] = {"metrics": ONE, "looks": LOOK, "blocks": 11}
    return Written(arms=arms, **(values | more))  # type: ignore[arg-type]


def sentence(written: Written, where: Path) -> str:
    return words.decision_sentence(written.result(where))


def test_a_better_and_a_worse_arm_are_named_with_the_interval(tmp_path: Path) -> None:
    better = sentence(one_figure(0.85), tmp_path / "better")
    assert better.startswith("By response, p95: new is better than old: 1")
    assert "% lower (95 %: " in better
    worse = sentence(one_figure(1.2), tmp_path / "worse")
    assert worse.startswith("By response, p95: new is worse than old: ")
    assert "% higher (95 %: " in worse


def test_higher_may_be_better(tmp_path: Path) -> None:
    metric = (Metric(measure=METRICS[0].measure, title="rows a commit", better="higher"),)
    found = sentence(one_figure(1.2, metrics=metric), tmp_path)
    assert found.startswith("By rows a commit: new is better than old: ")


def test_an_equivalent_arm_is_certainly_within_the_margin(tmp_path: Path) -> None:
    found = sentence(one_figure(1.0), tmp_path)
    assert found.startswith(
        "By response, p95: new is equivalent to old, certainly within 5 % (95 %:"
    )


def test_an_undecided_arm_says_how_many_more_blocks_it_takes(tmp_path: Path) -> None:
    found = sentence(one_figure(1.0, noise=0.15), tmp_path)
    assert found.startswith("By response, p95: new against old is undecided: ")
    assert "more block" in found


def test_a_loser_comes_first_however_fast_and_is_not_compared(tmp_path: Path) -> None:
    found = sentence(one_figure(0.5, lost={"new": 132}), tmp_path / "alone")
    assert found == "new loses 1.2 % of what was shown: it is no winner, however fast"
    among = sentence(four_arms(), tmp_path / "four")
    assert among.startswith(
        "500 loses 1.2 % of what was shown: it is no winner, however fast; by response, p95: "
        "100 is better than 200: "
    )
    assert among.count("500") == 1


def test_an_arm_that_stores_what_is_false_is_a_loser_and_so_may_the_control_be(
    tmp_path: Path,
) -> None:
    found = sentence(one_figure(0.5, false={"new": 3}, lost={"new": 110}), tmp_path / "new")
    assert found.startswith(
        "new loses 1 % of what was shown and stores 3 impressions twice, altered or unshown: "
    )
    control = sentence(one_figure(0.5, false={"old": 1}), tmp_path / "old")
    assert control.startswith("old stores 1 impression twice, altered or unshown: it is no winner")
    assert "new is better than old" in control


def test_what_every_arm_loses_makes_no_loser(tmp_path: Path) -> None:
    result = one_figure(0.5, lost={"old": 100, "new": 101}).result(tmp_path)
    assert words.decision_sentence(result).startswith("By response, p95: new is better")
    assert [words.loss_word(one, "old") for one in result.losses] == [
        "is the control, and loses",
        "loses, not certainly more than the control",
    ]


def test_without_a_block_or_before_the_first_look_nothing_is_decided(tmp_path: Path) -> None:
    none = sentence(Written(arms={"a": {}, "b": {}}), tmp_path / "none")
    assert none == "Nothing is decided: no block is complete"
    early = sentence(one_figure(0.5, blocks=4), tmp_path / "early")
    assert early == (
        "Nothing is decided yet: 4 of 11 blocks are complete, "
        "and the first planned look is after 11"
    )
    loser = sentence(one_figure(0.5, blocks=4, lost={"new": 200}), tmp_path / "loser")
    assert loser.startswith(
        "new loses 5 % of what was shown: it is no winner, however fast; nothing"
    )


def test_an_arm_that_never_has_the_figure_is_undecided_and_says_why(tmp_path: Path) -> None:
    arms = around({"old": (1.0,)}) | {"new": {METRICS[0].measure: [None] * 11}}
    found = sentence(Written(arms=arms, metrics=ONE, looks=LOOK), tmp_path / "alone")
    assert found == ("By response, p95 nothing is decided: no block has a figure of old and of new")
    some = arms | around({"other": (1.3,)})
    among = sentence(Written(arms=some, metrics=ONE, looks=LOOK), tmp_path / "among")
    assert "other is worse than old" in among
    assert among.endswith("new is undecided, for no block has a figure of it and of old")


def test_one_block_has_no_interval(tmp_path: Path) -> None:
    look = (PlannedLook(blocks=1, alpha=0.05),)
    found = sentence(one_figure(0.5, blocks=1, looks=look), tmp_path)
    assert found == (
        "By response, p95 nothing is decided: 1 block with the figure is too few for an interval; "
        "it takes about 5 more blocks"
    )


def test_an_experiment_with_one_arm_compares_nothing(tmp_path: Path) -> None:
    found = sentence(Written(arms=around({"old": (1.0,)}), looks=LOOK), tmp_path)
    assert found == "Nothing is compared: the control is the only arm"


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


def test_an_open_side_of_an_interval_is_any() -> None:
    assert words.signed_interval(-math.inf, 0.1) == "any to +10.5 %"
    assert words.signed_interval(-math.inf, math.inf) == "none yet"
    assert words.signed_interval(-0.1, 0.1) == "−9.5 to +10.5 %"


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
        "Looks are planned after 6 blocks (0.3 % of error spent) and after 11 blocks "
        "(4.9 % of error spent); 8 of 11 blocks are complete: what is shown is the look after 6, "
        "and the 2 after it enter with the next one."
    )
    assert len(words.counted_blocks(result)) == 6
    early = one_figure(1.0, blocks=2, looks=looks).result(tmp_path / "two")
    assert words.looks_sentence(early).endswith("so nothing was looked at yet.")
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
    assert words.loss_word(replace(loss, false=2), "c") == "loses, stores what is false"
    assert words.loss_word(replace(loss, lost=0, false=2), "c") == "stores what is false"
    assert words.loss_word(replace(loss, lost=0, p=1.0), "c") == "loses nothing"
    assert words.loss_word(replace(loss, shown=0, lost=0, p=1.0), "c") == "nothing counts"
    assert words.loss_interval(replace(loss, shown=0, lost=0)) == ""
    assert words.loss_interval(loss) == "4.2 to 16 %"


def test_what_the_control_loses_itself_is_in_the_decision(tmp_path: Path) -> None:
    result = Written(arms=around({"old": (1.0,), "new": (0.8,)}), looks=LOOK, lost={"old": 20})
    sentence = words.decision_sentence(result.result(tmp_path))
    assert "new is better than old" in sentence
    assert re.search(r"; the control old itself loses 20 of [0-9,]+ impressions$", sentence)


def test_what_an_arm_alone_loses_is_in_the_decision_though_chance_may_explain_it(
    tmp_path: Path,
) -> None:
    arms = around({"old": (1.0,), "new": (0.8,)})
    known = Written(arms=arms, looks=LOOK, lost={"new": 4}, gates=False)
    sentence = words.decision_sentence(known.result(tmp_path / "known"))
    ending = r"; new loses 4 of [0-9,]+ impressions and old none, which may be chance$"
    assert re.search(ending, sentence)
    unknown = Written(arms=arms, looks=LOOK, lost={"new": 4})
    sentence = words.decision_sentence(unknown.result(tmp_path / "unknown"))
    assert re.match(r"new loses 0\.\d+ % of what was shown: it is no winner", sentence)
