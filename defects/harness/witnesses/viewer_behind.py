"""What the viewer sees, it sees a third of a second too early by its own clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from harness.core.clock import NS_PER_S, Instant, now
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.base import LedgerRow
from harness.ledger.kinds.viewer import ViewerRow

BEHIND_NS = NS_PER_S // 3


def saw(
    switch: Switch,
    original: Callable[..., None],
    file: WitnessFile[Any],
    row: LedgerRow,
    at: Instant | None = None,
) -> None:
    """Write the viewer's rows with a clock that is behind."""
    if isinstance(row, ViewerRow) and switch.reached():
        moment = at or now()
        at = Instant(moment.mono_ns - BEHIND_NS, moment.wall_ns - BEHIND_NS)
    original(file, row, at=at)


DEFECT = HarnessDefect(
    about="The viewer's clock is a third of a second behind.",
    expected={"clocks_agree"},
    verdict="unknown",
    trials=[VISIT],
    overrides={"harness.ledger.files:WitnessFile.saw": saw},
)
