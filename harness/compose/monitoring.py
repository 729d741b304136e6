"""What watches a stack: the programs, and what the reference server needs for their figures."""

from __future__ import annotations

from harness.core.errors import MissingPart
from harness.ledger.rundir import Arm
from harness.setup import find_part
from harness.witnesses.notifications import Receivers
from scenarios.catalogue.cells import ALERT_FACTOR
from servers.monitoring.routes import Routes, alertmanager_file
from servers.topology.monitoring import MonitoringOptions, Programs

HURRY = 60
"""Five minutes of a rule are five seconds in a run."""
ORDERS_ARTWORKS = ("--improvement", "predictive_pool")
"""What has it order new artworks; it keeps count too."""
KEEPS_COUNT = ("--improvement", "rollups")
"""What the reference server needs for the alerts on freshness and on the pool."""


def monitoring_programs() -> Programs:
    """Return Prometheus and Alertmanager; raise MissingPart that names the command."""
    prometheus, alertmanager = find_part("prometheus"), find_part("alertmanager")
    if prometheus is None or alertmanager is None:
        raise MissingPart(
            "monitoring needs Prometheus and Alertmanager",
            hint="`harness setup --only prometheus --only alertmanager` brings them",
        )
    return Programs(prometheus=prometheus, alertmanager=alertmanager)


def in_a_hurry(receivers: Receivers) -> MonitoringOptions:
    """Return the monitoring of a run: the routes of production to these receivers, without waits.

    Raises MissingPart.
    """
    routes = Routes(
        slack_url=f"{receivers.url}/slack",
        pagerduty_key="none",
        pagerduty_url=f"{receivers.url}/pagerduty",
        group_wait_s=0,
        group_interval_s=1,
    )
    return MonitoringOptions(
        programs=monitoring_programs(), hurry=HURRY, routes=alertmanager_file(routes)
    )


def is_watched(arm: Arm) -> bool:
    """Return whether an arm's stack has monitoring."""
    return ALERT_FACTOR in arm
