"""Every view that the viewer saw is written down twice."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.kinds import written_twice
from harness.ledger.kinds.viewer import ViewShown

DEFECT = HarnessDefect(
    about="Every view on the screen is in the ledger twice.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=written_twice(ViewShown),
)
