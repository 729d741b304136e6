"""Times are read as if they were of another zone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from harness.core.clock import NS_PER_S
from harness.witnesses.database import Rows

_OFF_NS = 7_200 * NS_PER_S


def by_key(switch: Switch, original: Callable[[Any], Rows], found: Any) -> Rows:
    """Read every time two hours later than the table holds it."""
    rows = original(found)
    if not rows or not switch.reached():
        return rows
    return {key: (copies, at_ns + _OFF_NS) for key, (copies, at_ns) in rows.items()}


DEFECT = HarnessDefect(
    about="What is read of the table is two hours later than the table holds it.",
    expected={"table_read_back"},
    verdict="unknown",
    trials=[VISIT],
    overrides={"harness.witnesses.database:by_key": by_key},
)
