"""The file of Alertmanager: which alert goes to whom. ``python -m servers.monitoring.routes``.

Production and tests read the same template; they differ in addresses, keys and waits.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field

SLACK_VARIABLE = "SLACK_API_URL"
PAGERDUTY_VARIABLE = "PAGERDUTY_ROUTING_KEY"
PAGERDUTY_URL = "https://events.pagerduty.com/v2/enqueue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Where notifications go, and how long Alertmanager collects before it sends them.

    ``group_wait_s`` delays the first notification of an alert, ``group_interval_s`` the news that
    it is resolved; ``repeat_interval_s`` is when one that goes on firing is sent again.
    """

    slack_url: str = field(repr=False)
    pagerduty_key: str = field(repr=False)
    pagerduty_url: str = PAGERDUTY_URL
    group_wait_s: int = 30
    group_interval_s: int = 60
    repeat_interval_s: int = 4 * 3600


NOWHERE = """\
route:
  receiver: nowhere
receivers:
  - name: nowhere
"""
"""A file for looking on by hand: alerts are kept and shown, and go to no one."""


def alertmanager_file(routes: Routes) -> str:
    """Return the file. P1 pages and goes to Slack, P2 to Slack's alerts, the rest to warnings."""
    slack_url, pagerduty_url, key = map(
        json.dumps, (routes.slack_url, routes.pagerduty_url, routes.pagerduty_key)
    )
    return f"""\
global:
  slack_api_url: {slack_url}
  pagerduty_url: {pagerduty_url}
route:
  receiver: slack-warnings
  group_by: [alertname]
  group_wait: {routes.group_wait_s}s
  group_interval: {routes.group_interval_s}s
  repeat_interval: {routes.repeat_interval_s}s
  routes:
    - matchers: [severity="P1"]
      receiver: page
    - matchers: [severity="P2"]
      receiver: slack-alerts
receivers:
  - name: page
    pagerduty_configs:
      - routing_key: {key}
        severity: critical
        description: {_SUMMARY}
        details:
          description: {_DESCRIPTION}
          runbook: {_RUNBOOK}
{_slack("#impressions-alerts")}
  - name: slack-alerts
{_slack("#impressions-alerts")}
  - name: slack-warnings
{_slack("#impressions-warnings")}
"""


_SUMMARY = "'{{ .CommonLabels.alertname }}: {{ .CommonAnnotations.summary }}'"
_DESCRIPTION = "'{{ .CommonAnnotations.description }}'"
_RUNBOOK = "'{{ .CommonAnnotations.runbook_url }}'"

_TITLE = "'{{ .Status }} {{ .CommonLabels.severity }} {{ .CommonLabels.alertname }}'"
_TEXT = "'{{ .CommonAnnotations.description }} {{ .CommonAnnotations.runbook_url }}'"


def _slack(channel: str) -> str:
    return f"""\
    slack_configs:
      - channel: '{channel}'
        send_resolved: true
        title: {_TITLE}
        text: {_TEXT}"""


def main() -> int:
    """Print the file for production; return 2 without the two secrets in the environment."""
    secrets = [os.environ.get(name, "") for name in (SLACK_VARIABLE, PAGERDUTY_VARIABLE)]
    if not all(secrets):
        names = f"{SLACK_VARIABLE} and {PAGERDUTY_VARIABLE}"
        print(f"routes: {names} must hold where notifications go", file=sys.stderr)
        return 2
    print(alertmanager_file(Routes(slack_url=secrets[0], pagerduty_key=secrets[1])), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
