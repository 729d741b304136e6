"""The decision in a sentence: who is no winner first, then every arm, then what is not known."""

from __future__ import annotations

import re
from pathlib import Path

from harness.ledger.experiment import Metric, PlannedLook
from reports.experiments import words
from reports.experiments.sentence import decision_sentence
from tests.reports.experiment_builder import (
    LOOK,
    METRICS,
    ONE,
    Written,
    around,
    four_arms,
    one_figure,
)


def sentence(written: Written, where: Path) -> str:
    return decision_sentence(written.result(where))


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
    """Each of these losses is one that its scenario is known for."""
    result = one_figure(0.5, lost={"old": 100, "new": 101}, gates=False).result(tmp_path)
    assert decision_sentence(result).startswith("By response, p95: new is better")
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


def test_what_the_control_loses_itself_is_in_the_decision(tmp_path: Path) -> None:
    result = Written(arms=around({"old": (1.0,), "new": (0.8,)}), looks=LOOK, lost={"old": 20})
    sentence = decision_sentence(result.result(tmp_path))
    assert "new is better than old" in sentence
    assert re.search(r"; the control old itself loses 20 of [0-9,]+ impressions$", sentence)


def test_what_an_arm_alone_loses_is_in_the_decision_though_chance_may_explain_it(
    tmp_path: Path,
) -> None:
    arms = around({"old": (1.0,), "new": (0.8,)})
    known = Written(arms=arms, looks=LOOK, lost={"new": 4}, gates=False)
    sentence = decision_sentence(known.result(tmp_path / "known"))
    ending = r"; new loses 4 of [0-9,]+ impressions and old none, which may be chance$"
    assert re.search(ending, sentence)
    unknown = Written(arms=arms, looks=LOOK, lost={"new": 4})
    sentence = decision_sentence(unknown.result(tmp_path / "unknown"))
    assert re.match(r"new loses 0\.\d+ % of what was shown: it is no winner", sentence)


CHECK = "attempts_processed_once"


def test_an_arm_that_fails_is_no_winner_however_fast_and_is_named_first(tmp_path: Path) -> None:
    failed = {(3, "new"): (CHECK,), (7, "new"): (CHECK, "acks_after_commit")}
    found = sentence(one_figure(0.5, failed=failed), tmp_path / "alone")
    assert found == (
        f"new fails {CHECK} in 2, acks_after_commit in 1 of 11 blocks: it is no winner, however "
        "fast"
    )
    among = sentence(four_arms(lost={}, unknown={}, failed={(3, "100"): (CHECK,)}), tmp_path / "4")
    assert among.startswith(f"100 fails {CHECK} in 1 of 11 blocks: it is no winner, however fast;")
    assert "; by response, p95: " in among
    assert "100 is better" not in among


def test_what_an_arm_loses_and_what_else_it_fails_are_one_clause(tmp_path: Path) -> None:
    failed = {(n, "new"): (CHECK,) for n in range(1, 12)}
    found = sentence(one_figure(0.5, lost={"new": 132}, failed=failed), tmp_path)
    assert found == (
        f"new loses 1.2 % of what was shown and fails {CHECK} in 11 of 11 blocks: "
        "it is no winner, however fast"
    )


def test_many_failing_checks_are_cut_short_with_their_number(tmp_path: Path) -> None:
    failed = {(1, "new"): ("one", "two", "three", "four", "five")}
    found = sentence(one_figure(0.5, failed=failed), tmp_path)
    assert "fails one in 1, two in 1, three in 1 of 11 blocks and 2 further checks: " in found


def test_a_control_that_fails_is_named_before_what_is_compared_with_it(tmp_path: Path) -> None:
    found = sentence(one_figure(0.5, failed={(2, "old"): (CHECK,)}), tmp_path / "control")
    assert found.startswith(
        f"the control old itself fails {CHECK} in 1 of 11 blocks; by response, p95: new is better"
    )
    both = {(n, arm): (CHECK,) for n in range(1, 12) for arm in ("old", "new")}
    found = sentence(one_figure(0.5, failed=both), tmp_path / "both")
    assert found == (
        f"new fails {CHECK} in 11 of 11 blocks: it is no winner, however fast; "
        f"the control old itself fails {CHECK} in 11 of 11 blocks"
    )


def test_what_an_arm_is_known_to_fail_is_not_in_the_sentence(tmp_path: Path) -> None:
    found = sentence(one_figure(0.5, failed={(2, "new"): (CHECK,)}, gates=False), tmp_path)
    assert found.startswith("By response, p95: new is better")
    assert CHECK not in found


def test_slots_that_do_not_count_are_counted_at_the_end(tmp_path: Path) -> None:
    one = sentence(one_figure(0.5, unknown={(2, "new"): "late"}), tmp_path / "one")
    assert "new is better than old" in one
    assert one.endswith("; 1 slot does not count, being undecided: new 1 of 11")
    unknown = {(2, "new"): "late", (3, "new"): "late", (4, "old"): "late"}
    more = sentence(one_figure(0.5, unknown=unknown), tmp_path / "more")
    assert more.endswith("; 3 slots do not count, being undecided: new 2 of 11, old 1 of 11")


def test_where_too_much_is_missing_nothing_is_decided(tmp_path: Path) -> None:
    unknown = {(n, "new"): "late" for n in (2, 4, 6)}
    found = sentence(one_figure(0.5, unknown=unknown), tmp_path / "three")
    assert "new against old is undecided: " in found
    nothing = {(n, "new"): "late" for n in range(1, 12)}
    found = sentence(one_figure(0.5, unknown=nothing), tmp_path / "all")
    assert found == (
        "By response, p95 nothing is decided: no block has a figure of old and of new; "
        "in load nothing is known of new"
    )
    everything = {(n, arm): "late" for n in range(1, 12) for arm in ("old", "new")}
    found = sentence(one_figure(0.5, unknown=everything), tmp_path / "both")
    assert found.endswith("; in load nothing is known of any arm")


def test_where_losses_alone_are_compared_the_sentence_says_so(tmp_path: Path) -> None:
    found = sentence(one_figure(1.0, metrics=()), tmp_path / "none")
    assert found == (
        "Losses alone are compared: new does not certainly lose more than old; "
        "11 of 11 blocks are complete"
    )
    found = sentence(one_figure(1.0, metrics=(), lost={"new": 11}), tmp_path / "lost")
    assert found == (
        "new loses 0.1 % of what was shown: it is no winner, however fast; "
        "losses alone are compared: 11 of 11 blocks are complete"
    )


def test_a_figure_that_is_zero_in_some_block_is_named_in_its_unit(tmp_path: Path) -> None:
    metric = (Metric(measure="load_retries", title="attempts after the first"),)
    arms = {
        "old": {"load_retries": [0.0, 1, 0, 0, 1, 0, 2, 0, 0, 1, 0]},
        "new": {"load_retries": [5.0, 7, 6, 5, 7, 9, 8, 6, 5, 7, 8]},
    }
    found = sentence(Written(arms=arms, metrics=metric, looks=LOOK), tmp_path / "worse")
    assert re.fullmatch(
        r"By attempts after the first: new is worse than old: 6 higher "
        r"\(95 %: [\d.]+ higher to [\d.]+ higher\)",
        found,
    )
    arms["new"] = arms["old"]
    same = sentence(Written(arms=arms, metrics=metric, looks=LOOK), tmp_path / "same")
    assert same == (
        "By attempts after the first: new is equivalent to old, the same in every block"
    )


def test_many_arms_of_one_verdict_share_a_clause_and_losers_come_before_what_fails(
    tmp_path: Path,
) -> None:
    factors = {"old": (1.0,), "fails": (1.0,), "loses": (1.0,)}
    factors |= {f"slow{n}": (1.3 + n / 10,) for n in range(3)} | {"fast": (0.8,)}
    written = Written(
        arms=around(factors),
        metrics=ONE,
        looks=LOOK,
        lost={"loses": 11},
        failed={(2, "fails"): (CHECK,)},
    )
    found = sentence(written, tmp_path)
    assert found.startswith("loses loses 0.1 % of what was shown: it is no winner, however fast; ")
    assert found.index("fails fails") < found.index("fast is better than old: ")
    ending = r"; slow0 \(\d+\.?\d* % higher\), slow1 \(.*\) and slow2 \(.*\) are worse than old$"
    assert re.search(ending, found)


def test_a_drift_of_one_arm_half_way_decides_nothing_and_one_that_arms_share_cancels_out(
    tmp_path: Path,
) -> None:
    measure = METRICS[0].measure
    looks = (PlannedLook(blocks=11, alpha=0.0056), PlannedLook(blocks=22, alpha=0.0478))

    def drifting(name: str, factor: float, *arms: str) -> str:
        figures = around({"old": (1.0,), "new": (factor,)}, noise=0.01, blocks=22)
        for arm in arms:
            figures[arm][measure][11:] = [1.3 * (one or 0.0) for one in figures[arm][measure][11:]]
        written = Written(arms=figures, metrics=ONE, looks=looks, blocks=22)
        return sentence(written, tmp_path / name)

    assert "new against old is undecided" in drifting("one", 1.0, "new")
    assert "new is better than old: " in drifting("both", 0.9, "old", "new")
