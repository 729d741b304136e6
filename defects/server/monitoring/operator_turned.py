"""An alert holds below its bound."""

from __future__ import annotations

from defects.base import HarnessDefect
from defects.overrides.monitoring import caused, rule_changed

DEFECT = HarnessDefect(
    about="An alert's operator is the wrong way round.",
    expected={"alert_fired"},
    trials=[caused("QueueBacklog")],
    overrides=rule_changed("QueueBacklog", "> 500", "< 500"),
)
