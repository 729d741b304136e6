"""The first half of the receipts was rotated away before they were read."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.files import kept_receipts

DEFECT = HarnessDefect(
    about="The first half of the receipts is not there.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=kept_receipts(lambda lines: lines[max(1, len(lines) // 2) :]),
)
