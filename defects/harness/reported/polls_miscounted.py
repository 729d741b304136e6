"""Polls count one row more than there is."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.kinds import rewritten
from harness.ledger.kinds.database import Poll

DEFECT = HarnessDefect(
    about="Every poll of the table is written down with one row more.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=rewritten(Poll, lambda switch, row: {"rows": row.rows + 1}),
)
