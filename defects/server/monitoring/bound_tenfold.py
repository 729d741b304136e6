"""The bound of an alert is ten times too high."""

from __future__ import annotations

from defects.base import HarnessDefect
from defects.overrides.monitoring import caused, rule_changed

DEFECT = HarnessDefect(
    about="An alert's bound is ten times too high.",
    expected={"alert_fired"},
    trials=[caused("FreshnessLow")],
    overrides=rule_changed("FreshnessLow", "> 5\n", "> 50\n"),
)
