"""An experiment in a terminal: the decision, what was lost, every comparison, every hypothesis.

Glyph and word carry the meaning, colour only repeats it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.core import text
from reports.experiments import words
from reports.experiments.result import Comparison, Result
from reports.experiments.sentence import decision_sentence

_STYLES = {
    "better": "bold",
    "worse": "bold #d55e00",
    "disagrees": "bold #d55e00",
    "undecided": "#e69f00",
    "equivalent": "",
    "agrees": "",
}


_PLAIN = str.maketrans({"✓": "+", "✗": "x", "−": "-", "–": "-", "±": "+-", "’": "'"})

Show = Callable[..., Text]
"""Makes a cell of a text and, optionally, its style."""


def print_result(result: Result, console: Console) -> None:
    """Print the decision first, then losses and failures if any, comparisons and hypotheses.

    Nothing is cut off: long texts fold. A console that cannot write ✓ or ✗ gets + and x.
    """
    print_all(_shown(result, shown_on(console)), console)


def print_all(shown: Iterable[Text | Table], console: Console) -> None:
    """Print lines and tables as they are."""
    for one in shown:
        # Names and reasons may look like markup or links; they are printed as they are.
        is_line = isinstance(one, Text)
        console.print(one, markup=False, highlight=False, emoji=False, soft_wrap=is_line)


def _shown(result: Result, show: Show) -> Iterator[Text | Table]:
    yield show(decision_sentence(result), "bold")
    if any(loss.lost or loss.false for loss in result.losses):
        yield _losses(result, show)
    if result.failures:
        yield from (Text(), show("Checks that failed", "bold"), _failures(result, show))
    for part in result.plan.parts:
        own = [c for c in result.comparisons if c.part == part and c.decision is not None]
        if own:
            yield from (Text(), show(part.title, "bold"), _comparisons(own, show))
    if any(answer.blocks for answer in result.answers):
        title = show("What was expected, and what was measured", "bold")
        yield from (Text(), title, _answers(result, show))
    for sentence in (
        words.looks_sentence(result),
        words.machine_sentence(result),
        *words.drift_sentences(result),
        *words.undecided_sentences(result),
    ):
        yield show(sentence, "dim")


def shown_on(console: Console) -> Show:
    """Return what makes cells of texts: in one line, in characters that the console can write."""
    encoding = console.encoding
    is_plain = not encoding.lower().startswith("utf")

    def show(content: str, style: str = "") -> Text:
        line = text.one_line(content)
        if is_plain:
            line = line.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
        return Text(line, style=style)

    return show


def plain_table(*columns: tuple[str, int], numbers: tuple[str, ...] = ()) -> Table:
    """Return an empty table of (name, ratio of width) columns; ``numbers`` stand to the right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
    for name, ratio in columns:
        justify: Literal["left", "right"] = "right" if name in numbers else "left"
        table.add_column(name, overflow="fold", ratio=ratio, justify=justify)
    return table


def _losses(result: Result, show: Show) -> Table:
    columns = (("arm", 2), ("part", 2), ("it", 4), ("shown", 2), ("lost", 2), ("95 %", 4))
    table = plain_table(
        *columns, ("wrongly stored", 2), numbers=("shown", "lost", "wrongly stored")
    )
    for loss in result.losses:
        word = words.loss_word(loss, result.plan.control)
        table.add_row(
            show(loss.arm),
            show(loss.part),
            show(f"✗ {word}" if loss.is_loser else word, "bold #d55e00" if loss.is_loser else ""),
            show(f"{loss.shown:,}"),
            show(f"{loss.lost:,}"),
            show(words.loss_interval(loss)),
            show(f"{loss.false:,}"),
        )
    return table


def _failures(result: Result, show: Show) -> Table:
    table = plain_table(("arm", 2), ("part", 2), ("check", 3), ("it fails in", 3), ("first", 6))
    for one in result.failures:
        word, style = words.failed_in(one), "" if one.expected else "bold #d55e00"
        table.add_row(
            show(one.arm), show(one.part), show(one.check), show(word, style), show(one.summary)
        )
    return table


def _comparisons(comparisons: list[Comparison], show: Show) -> Table:
    table = plain_table(
        ("figure", 4), ("arm", 2), ("verdict", 3), ("difference", 3), ("interval", 4), ("notes", 5)
    )
    before = None
    for one in comparisons:
        decision = one.decision
        if decision is None:
            continue
        notes = list(decision.notes)
        if decision.verdict == "undecided":
            notes.insert(0, words.more_blocks_words(decision))
        title = "" if one.metric == before else one.metric.title
        before = one.metric
        table.add_row(
            show(title),
            show(one.arm),
            show(f"{words.VERDICT_GLYPHS[one.verdict]} {one.verdict}", _STYLES[one.verdict]),
            show(words.signed(one, decision.estimate)),
            show(words.signed_interval(one, decision.low, decision.high)),
            show("; ".join(notes)),
        )
    return table


def _answers(result: Result, show: Show) -> Table:
    table = plain_table(
        ("arm", 2), ("expected", 5), ("it", 3), ("measured", 3), ("95 % interval", 4)
    )
    for answer in result.answers:
        word = answer.agreement
        table.add_row(
            show(answer.hypothesis.arm),
            show(answer.hypothesis.says),
            show(f"{words.AGREEMENT_GLYPHS[word]} {word}", _STYLES[word]),
            show(words.answer_measured(answer) or "nothing"),
            show(words.answer_interval(answer) or "too few blocks"),
        )
    return table
