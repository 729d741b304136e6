"""An experiment in a terminal: the sentence first, nothing cut off, no markup obeyed."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from harness.ledger.experiment import Metric
from reports.experiments.result import Result
from reports.experiments.sentence import decision_sentence
from reports.experiments.table import print_result
from tests.reports.experiment_builder import METRICS, Written, around, four_arms
from tests.reports.report_samples import HOSTILE


def printed(result: Result, *, width: int = 200, encoding: str = "utf-8", **more: object) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    print_result(result, Console(file=file, width=width, _environ={}, **more))  # type: ignore[arg-type]
    return raw.getvalue().decode(encoding)


def test_the_sentence_then_losses_comparisons_and_hypotheses(tmp_path: Path) -> None:
    result = four_arms().result(tmp_path)
    text = printed(result)
    assert text.splitlines()[0] == decision_sentence(result)
    places = [
        text.index(words)
        for words in ("✗ loses", "Ready batches", "✓ better", "What was expected", "✗ disagrees")
    ]
    assert places == sorted(places)
    assert "50 (load): 1 of 11 slots does not count: the load generator lagged by 212 ms" in text
    assert "look 1 after 6 blocks (at an error of 0.3 %)" in text


def test_without_a_loss_there_is_no_table_of_them(tmp_path: Path) -> None:
    text = printed(four_arms(lost={}).result(tmp_path))
    assert "wrongly stored" not in text
    assert "✓ better" in text


def test_failed_checks_have_a_table_in_which_expected_ones_are_marked(tmp_path: Path) -> None:
    text = printed(four_arms(lost={}, failed={(3, "100"): ("nothing_twice",)}).result(tmp_path))
    [row] = [line for line in text.splitlines() if "nothing_twice in block 3" in line]
    assert row.split()[:6] == ["100", "load", "nothing_twice", "✗", "1", "of"]
    known = four_arms(lost={}, gates=False, failed={(3, "100"): ("nothing_twice",)})
    text = printed(known.result(tmp_path / "known"))
    assert "1 of 11 blocks, as expected" in text
    assert "no winner" not in text


def test_a_plain_terminal_gets_plain_characters(tmp_path: Path) -> None:
    text = printed(four_arms().result(tmp_path), encoding="ascii")
    assert "+ better" in text
    assert "x loses" in text
    assert "(20-40 ms)" in text
    assert "\x1b" not in printed(four_arms().result(tmp_path / "again"), no_color=True)


def test_nothing_is_cut_off_where_it_is_narrow(tmp_path: Path) -> None:
    text = printed(four_arms().result(tmp_path), width=60)
    assert "…" not in text


def test_no_block_and_one_block(tmp_path: Path) -> None:
    none = printed(Written(arms={"a": {}, "b": {}}).result(tmp_path / "none"))
    assert none.startswith("Nothing is decided: no block is complete\n")
    assert "What was expected" not in none
    one = around({"a": (1.0,), "b": (1.1,)}, blocks=1)
    assert "none yet" in printed(Written(arms=one).result(tmp_path / "one"))


def test_a_hostile_name_is_printed_as_it_is(tmp_path: Path) -> None:
    metric = Metric(measure=METRICS[0].measure, title="[red]p95[/red] :smile:")
    arms = around({"old": (1.0,), HOSTILE: (1.3,)})
    text = printed(Written(arms=arms, metrics=(metric,)).result(tmp_path), width=400)
    assert "[red]p95[/red] :smile:" in text
    assert "\x1b" not in text
    assert "\x00" not in text
