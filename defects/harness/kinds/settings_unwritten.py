"""No setting of the database is written down."""

from __future__ import annotations

from defects.base import VISIT, HarnessDefect
from defects.overrides.kinds import never_written
from harness.ledger.kinds.database import DatabaseSetting

DEFECT = HarnessDefect(
    about="What keeps commits durable is not in the ledger.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides=never_written(DatabaseSetting),
)
