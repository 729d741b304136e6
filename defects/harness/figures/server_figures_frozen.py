"""What is written down of the server's figures is what they were at first."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect, Switch
from defects.overrides.kinds import rewritten
from harness.ledger.kinds.activity import ServerFigure


def first(switch: Switch, row: ServerFigure) -> dict[str, float]:
    """Return the value of the first row about the same."""
    return {"value": switch.memory.setdefault(row.name, row.value)}


DEFECT = HarnessDefect(
    about="What is written down of the server's figures is what they were at first.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=rewritten(ServerFigure, first),
)
