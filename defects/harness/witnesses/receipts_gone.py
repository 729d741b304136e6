"""The server's receipts are lost after the run."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.files import kept_receipts

DEFECT = HarnessDefect(
    about="No receipt of a batch is left.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=kept_receipts(lambda lines: [one for one in lines if b'"batch"' not in one]),
)
