"""Batches that clients got wrong count as failures."""

from __future__ import annotations

from defects.base import HarnessDefect
from defects.overrides.monitoring import caused, rule_changed

DEFECT = HarnessDefect(
    about="Batches that clients got wrong count as failures.",
    expected={"alert_fired"},
    trials=[caused("PoolExhausted")],
    overrides=rule_changed("BatchFailures", 'status=~"5.."', 'status=~"[45].."'),
)
