"""The last third of the receipts is lost before they are read."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.files import kept_receipts

DEFECT = HarnessDefect(
    about="The last third of the receipts is not there.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=kept_receipts(lambda lines: lines[: 2 * len(lines) // 3]),
)
