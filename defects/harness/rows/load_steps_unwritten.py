"""No step of a search is written down."""

from __future__ import annotations

from defects.base import HarnessDefect, Trial
from defects.overrides.kinds import never_written
from harness.ledger.kinds.network import LoadStepStart

DEFECT = HarnessDefect(
    about="At which rate a load was when is not in the ledger.",
    expected={"knee_found"},
    verdict="unknown",
    trials=[Trial("batch_knee", workload="knee-ready")],
    overrides=never_written(LoadStepStart),
)
