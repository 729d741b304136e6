"""What is a P1 goes to a receiver that notifies no one."""

from __future__ import annotations

from defects.base import HarnessDefect, Switch
from defects.overrides.monitoring import ROUTES, Text, caused, replaced
from servers.topology.monitoring import Monitoring


def routes(switch: Switch, original: Text, monitoring: Monitoring) -> str:
    """Route P1 to an empty receiver."""
    text = original(monitoring)
    if not switch.reached():
        return text
    text = replaced(text, "      receiver: page\n", "      receiver: empty\n")
    return replaced(text, "receivers:\n", "receivers:\n  - name: empty\n")


DEFECT = HarnessDefect(
    about="The alert that must page is routed to no one.",
    expected={"alert_notified"},
    trials=[caused("FreshnessLow")],
    overrides={ROUTES: routes},
)
