"""Slack is not notified of an alert's end."""

from __future__ import annotations

from defects.base import HarnessDefect, Switch
from defects.overrides.monitoring import ROUTES, Text, caused
from servers.topology.monitoring import Monitoring


def routes(switch: Switch, original: Text, monitoring: Monitoring) -> str:
    """Leave Slack's default, which is silent about ends."""
    text = original(monitoring)
    return text.replace("        send_resolved: true\n", "") if switch.reached() else text


DEFECT = HarnessDefect(
    about="Slack hears of an alert, never of its end.",
    expected={"alert_notified"},
    trials=[caused("PoolExhausted")],
    overrides={ROUTES: routes},
)
