"""The table of an experiment on users."""

from __future__ import annotations

import io

from rich.console import Console

from reports.experiments.exposed.analysis import ExposedResult, UserMetric, analyse_exposed
from reports.experiments.exposed.table import print_exposed
from tests.reports.experiments.exposed.users import BROKEN, SOUND


def printed(result: ExposedResult) -> str:
    out = io.StringIO()
    print_exposed(result, Console(file=out, width=140))
    return out.getvalue()


def test_the_decision_comes_first_then_the_ratio_and_every_comparison() -> None:
    lines = printed(SOUND).splitlines()
    assert lines[0] == "Compared with a, better: b by views"
    assert lines[1].startswith("exposed users fit the shares")
    (row,) = [line for line in lines if line.startswith("views")]
    assert row.split()[:4] == ["views", "b", "✓", "better"]
    assert " to " in row


def test_names_cannot_steer_a_terminal_or_be_markup() -> None:
    names = {"a": "\x1b[2J[bold]a\nx", "b": "[/]\x07b\x9b1m"}
    exposed = [(f"{arm}{n}", name) for arm, name in names.items() for n in range(9)]
    metric = UserMetric(name="\x1b]0;m\x07", better="higher", events={}, every_user_counts=True)
    shares = dict.fromkeys(names.values(), 1.0)
    result = analyse_exposed("e", exposed, [metric], control=names["a"], shares=shares, margin=0.05)
    text = printed(result)
    assert "[bold]a x" in text
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text.replace("\n", ""))


def test_an_unknown_result_shows_its_figures_and_no_verdict() -> None:
    text = printed(BROKEN)
    assert text.startswith("Everything is unknown")
    assert "? unknown" in text
    assert "better" not in text
