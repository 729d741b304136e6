"""What is written down of each process's memory is what it was at first."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect, Switch
from defects.overrides.kinds import rewritten
from harness.ledger.kinds.machine import ProcessSample


def first(switch: Switch, row: ProcessSample) -> dict[str, float]:
    """Return the value of the first row about the same."""
    return {"rss_bytes": switch.memory.setdefault(row.process, row.rss_bytes)}


DEFECT = HarnessDefect(
    about="What is written down of each process's memory is what it was at first.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=rewritten(ProcessSample, first),
)
