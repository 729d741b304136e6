"""The experiment's page: the decision first, self-contained, safe with any text, and complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.ledger.experiment import Hypothesis, Metric, PlannedLook
from reports.experiments import page, words
from reports.experiments.page import render_page, standing
from reports.experiments.plans.differences import PlanDifference, StatementPlan
from tests.reports.experiment_builder import METRICS, Written, around, four_arms, one_figure
from tests.reports.pages.parsed import Page
from tests.reports.report_samples import HOSTILE


@pytest.fixture
def source(tmp_path: Path) -> str:
    return render_page(four_arms().result(tmp_path))


def test_the_sentence_is_the_headline(source: str, tmp_path: Path) -> None:
    headline = source.partition("<h1>")[2].partition("</h1>")[0]
    assert "500 loses 1.2\u00a0% of what was shown" in headline
    assert '<span class="word">an arm loses</span>' in headline
    assert "✗ an arm loses: batch-size" in Page(source).text


def test_losses_come_first_only_where_an_arm_loses(source: str, tmp_path: Path) -> None:
    assert source.index('id="losses"') < source.index("Every comparison")
    harmless = render_page(four_arms(lost={}).result(tmp_path / "harmless"))
    assert harmless.index('id="losses"') > harmless.index("Every comparison")
    assert "✗ but it loses" in Page(source).text
    assert "✗ but it loses" not in Page(harmless).text


def test_failed_checks_come_first_where_they_count_against_an_arm(tmp_path: Path) -> None:
    failed = {(2, "new"): ("nothing_twice",), (9, "new"): ("nothing_twice",)}
    source = render_page(one_figure(0.5, failed=failed).result(tmp_path / "gates"))
    assert source.index('id="failures"') < source.index("Every comparison")
    text = Page(source).text
    assert "✗ 2 of 11 blocks" in text
    assert "2, 9" in text
    assert "nothing_twice in block 2" in text
    assert "✗ but it fails" in text
    assert "that failed" in text, "the command names a slot"
    known = one_figure(0.5, failed=failed, gates=False).result(tmp_path / "known")
    source = render_page(known)
    assert source.index('id="failures"') > source.index("Every comparison")
    assert "2 of 11 blocks, as expected" in Page(source).text
    assert "but it fails" not in source
    assert 'id="failures"' not in render_page(one_figure(0.5).result(tmp_path / "none"))


def test_the_decision_comes_first_then_the_forest_then_what_it_rests_on(
    source: str, tmp_path: Path
) -> None:
    harmless = render_page(four_arms(lost={}).result(tmp_path / "harmless"))
    places = [
        harmless.index(mark)
        for mark in ("<h1>", "Every figure against", "What this rests on", "Every comparison")
    ]
    assert places == sorted(places)
    assert harmless.count('<dl class="rests">') == 1
    losses = render_page(one_figure(1.0, metrics=()).result(tmp_path / "losses"))
    assert losses.count('<dl class="rests">') == 1


def test_everything_is_there(source: str, tmp_path: Path) -> None:
    text = Page(source).text
    for words_ in (
        "How many impressions should a batch hold?",
        "✓better",
        "=equivalent",
        "✗worse",
        "?undecided",
        "✗disagrees",
        "+270 to +330 %, against 200",
        "50 (load): 1 of 11 slots does not count: the load generator lagged by 212 ms",
        "The machine was busy in 1 of 11 blocks (7)",
        "harness experiment batch-size --seed 3",
        "every slot: 44",
        "11 of 11 blocks",
    ):
        assert words_ in text, words_
    assert len(re.findall("<figure>", source)) == 3
    assert "harness report" in text
    assert "--resume" not in text, "no block is missing"


def test_an_unfinished_experiment_says_how_to_resume(tmp_path: Path) -> None:
    text = Page(render_page(four_arms(blocks=22).result(tmp_path))).text
    assert f"harness experiment --resume {tmp_path}" in text


def test_one_that_is_decided_early_has_nothing_to_resume(tmp_path: Path) -> None:
    arms = around({"a": (1.0,), "b": (1.5,)}, noise=0.01)
    looks = (PlannedLook(blocks=11, alpha=0.01), PlannedLook(blocks=22, alpha=0.04))
    text = Page(render_page(Written(arms=arms, blocks=22, looks=looks).result(tmp_path))).text
    assert "✓decided" in text
    assert "--resume" not in text


@pytest.mark.parametrize("blocks", [0, 1, 3])
def test_few_blocks_make_a_page_too(blocks: int, tmp_path: Path) -> None:
    arms = around({"a": (1.0, 1.0, 1.0), "b": (1.1, 1.0, 2.0)}, blocks=blocks)
    source = render_page(Written(arms=arms, blocks=3).result(tmp_path))
    assert "nan" not in Page(source).text.lower().split()
    assert "Nothing is decided" in source or blocks == 3
    assert "inf" not in Page(source).text.lower().split()


def test_missing_values_are_shown_as_missing(tmp_path: Path) -> None:
    arms = around({"a": (1.0,), "b": (1.1,)})
    measure = METRICS[0].measure
    arms["b"][measure][:3] = [None] * 3
    arms["a"][measure][5] = None
    text = Page(render_page(Written(arms=arms).result(tmp_path))).text
    assert "4 of 11 blocks without the figure" in text
    assert "no block has" not in text


def test_a_figure_that_nothing_has_is_none(tmp_path: Path) -> None:
    arms = around({"a": (1.0,), "b": (1.1,)})
    text = Page(render_page(Written(arms=arms, metrics=METRICS).result(tmp_path))).text
    assert "not looked at" in text
    assert "none" in text


def test_the_page_asks_nothing_of_a_network_and_runs_nothing(source: str) -> None:
    page = Page(source)
    assert not {tag for tag, _ in page.elements} & {
        *("script", "link", "img", "iframe", "object", "embed", "base", "form")
    }
    for tag, attributes in page.elements:
        assert not set(attributes) & {"src", "srcset", "action", "style", "data", "href"}, tag
        assert not any(name.startswith("on") for name in attributes), tag
    policy = next(m["content"] for m in page.named("meta") if m.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert set(re.findall(r"https?://[^\"'\s<]+", source)) == {"http://www.w3.org/2000/svg"}


def test_every_wide_thing_scrolls_by_keyboard_and_has_a_name(source: str) -> None:
    page = Page(source)
    boxes = [one for one in page.named("div") if one.get("class") == "scroll"]
    assert len(boxes) > 6
    assert all(one.get("tabindex") == "0" and one.get("aria-label") for one in boxes)
    assert len(page.named("table")) == source.count('<div class="scroll"') - source.count(
        "<figure>"
    )


def test_any_text_stays_text(tmp_path: Path) -> None:
    arm = HOSTILE
    metric = Metric(measure=METRICS[0].measure, title=HOSTILE)
    guess = Hypothesis(arm=arm, part=HOSTILE, measure=metric.measure, says=HOSTILE, low=1)
    written = Written(
        arms=around({"old": (1.0,), arm: (1.3,)}),
        metrics=(metric,),
        name=HOSTILE,
        question=HOSTILE,
        part=HOSTILE,
        title=HOSTILE,
        lost={arm: 200},
        unknown={(2, arm): HOSTILE},
        hypotheses=(guess,),
        facts={HOSTILE: HOSTILE},
    )
    source = render_page(written.result(tmp_path))
    assert "<script" not in source
    assert not re.search("[\x00\x1b\u202e]", source)
    assert "&lt;script&gt;alert(1)" in source
    assert Page(source).named("svg")


def test_the_standing_has_a_class_a_glyph_and_a_word(tmp_path: Path) -> None:
    none = Written(arms={"a": {}, "b": {}}).result(tmp_path / "none")
    assert standing(none) == ("not-run", "·", "no block")
    decided = Written(arms=around({"a": (1.0,), "b": (1.5,)}, noise=0.01))
    assert standing(decided.result(tmp_path / "decided")) == ("pass", "✓", "decided")
    failing = one_figure(0.5, failed={(2, "new"): ("nothing_twice",)})
    assert standing(failing.result(tmp_path / "failing")) == ("fail", "✗", "an arm fails")
    assert set(words.VERDICT_GLYPHS) == set(words.VERDICT_MEANINGS)


def test_plans_that_differ_are_shown_open_and_escaped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = StatementPlan(
        shape=(), lines=(), execution_ms=1.5, planning_ms=0.1, blocks=7, wal_bytes=0
    )
    differences = [
        PlanDifference(
            part="load",
            statement=f"insert {HOSTILE}",
            arm="100",
            block=3,
            is_same=is_same,
            control=whole,
            own=whole,
            lines=("- Seq Scan", f"+ Index Scan using {HOSTILE}"),
        )
        for is_same in (False, True)
    ]
    monkeypatch.setattr(page, "plan_differences", lambda result: differences)
    source = render_page(four_arms().result(tmp_path))
    assert source.count("<details open>") == 1
    assert source.count("<details>") >= 1
    assert HOSTILE not in source
    assert "- Seq Scan\n+ Index Scan using" in source


def test_a_figure_that_is_zero_in_some_block_is_shown_in_its_unit(tmp_path: Path) -> None:
    arms = around({"old": (1.0,), "new": (2.0,)})
    arms["old"][METRICS[0].measure][0] = 0.0
    text = Page(render_page(Written(arms=arms).result(tmp_path))).text
    assert "zero in some block, so differences are in its unit" in text
    assert re.search(r"\+\d+(\.\d+)? ms", text)
    assert "✗worse" in text
