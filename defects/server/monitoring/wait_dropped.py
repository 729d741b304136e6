"""An alert does not wait until its condition has held."""

from __future__ import annotations

from defects.base import HarnessDefect
from defects.overrides.monitoring import caused, rule_changed

DEFECT = HarnessDefect(
    about="An alert fires at once that must hold for five minutes.",
    expected={"alert_fired"},
    trials=[caused("FreshnessLow")],
    overrides=rule_changed("FreshnessLow", "        for: 5s\n", ""),
)
