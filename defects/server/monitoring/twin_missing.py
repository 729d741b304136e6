"""An alert on missing figures asks for others."""

from __future__ import annotations

from defects.base import HarnessDefect
from defects.overrides.monitoring import caused, rule_changed

DEFECT = HarnessDefect(
    about="An alert on missing figures asks for others, which are there or not.",
    expected={"alert_fired"},
    trials=[caused("NoFigures")],
    overrides=rule_changed("LatencyUnknown", "absent(ingest_batch_seconds_count)", "absent(up)"),
)
