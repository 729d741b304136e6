"""Since when the cells of a suite fail, from the nights that the history holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.compose.history.history import is_shared, open_history
from harness.core.errors import HarnessError
from reports.history.facts import facts_of
from reports.history.since import since_when
from reports.judging.judge import JudgedSuite
from reports.pages.publish import SinceWhen

MOST_NIGHTS = 60
"""This number of nights before is looked at."""


def since_from(place: str, directory: Path) -> SinceWhen:
    """Return what says of a judged suite's failing cells, by name, since when they fail.

    The nights before it of the same suite in the history at ``place`` are looked at. A history that
    is not there or cannot be read says nothing: a verdict needs none.
    """

    def since(judged: JudgedSuite) -> Mapping[str, str]:
        if judged.options is None or not (is_shared(place) or Path(place).is_dir()):
            return {}
        try:
            tonight = facts_of(directory, judged)
            with open_history(place) as history:
                heads = [
                    one
                    for one in history.heads()
                    if one.facts.suite == tonight.suite and one.facts.started < tonight.started
                ]
                before = [(o.digest, o.facts) for o in history.whole(heads[-MOST_NIGHTS:])]
        except HarnessError:
            return {}
        found = since_when([*before, ("", tonight)])
        cells = [run.cell for run in judged.runs.values()]
        named = {cell.name: found.get((cell.scenario, cell.arm), "") for cell in cells}
        return {name: words for name, words in named.items() if words}

    return since
