"""Real Prometheus and Alertmanager: every alert reaches its receivers, and so does its end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import requests

from harness.core.wait import wait_until
from harness.process.processes import Processes
from harness.process.supervisor import tagged_processes
from harness.setup import find_part
from harness.witnesses.notifications import Receivers
from servers.monitoring.routes import Routes, alertmanager_file
from servers.topology.monitoring import Monitoring, MonitoringOptions, Programs
from servers.topology.spawning import NotReady
from tests.servers.topology.figures import Figures, figures

PROMETHEUS, ALERTMANAGER = find_part("prometheus"), find_part("alertmanager")
pytestmark = [
    pytest.mark.stack,
    pytest.mark.asyncio,
    pytest.mark.skipif(
        PROMETHEUS is None or ALERTMANAGER is None,
        reason="no monitoring; `harness setup --only prometheus --only alertmanager` brings it",
    ),
]
HURRY = 60
OK = 'ingest_batches_total{status="200"}'
BAD = 'ingest_batches_total{status="503"}'
TWICE = 'ingest_ids_total{fate="duplicate"}'
QUICK = 'ingest_batch_seconds_bucket{le="0.2"}'
SLOW = 'ingest_batch_seconds_bucket{le="0.5"}'
ALL = 'ingest_batch_seconds_bucket{le="+Inf"}'
FINE = {
    "ingest_users_at_risk": 5.0,
    "ingest_users_exhausted": 0.0,
    "ingest_queue_ids": 100.0,
    "ingest_recorder_pending_ids": 400.0,
    OK: 1000.0,
    BAD: 0.0,
    TWICE: 0.0,
    QUICK: 1000.0,
    SLOW: 1000.0,
    ALL: 1000.0,
    "ingest_batch_seconds_count": 1000.0,
}
WARNED = {("slack #impressions-warnings", "firing"), ("slack #impressions-warnings", "resolved")}
ALERTED = {("slack #impressions-alerts", "firing"), ("slack #impressions-alerts", "resolved")}
PAGED = {*ALERTED, ("pagerduty", "firing"), ("pagerduty", "resolved")}


def programs() -> Programs:
    assert PROMETHEUS is not None
    assert ALERTMANAGER is not None
    return Programs(prometheus=PROMETHEUS, alertmanager=ALERTMANAGER)


def routes(heard: Receivers) -> str:
    where = Routes(
        slack_url=f"{heard.url}/slack",
        pagerduty_key="key",
        pagerduty_url=f"{heard.url}/pagerduty",
        group_wait_s=0,
        group_interval_s=1,
        repeat_interval_s=3600,
    )
    return alertmanager_file(where)


def alerts_in(heard: Receivers) -> set[str]:
    """Every alert but those on missing figures: on a busy machine a scrape may come too late."""
    return {one.alert for one in heard.received if not one.alert.endswith("Unknown")}


def firing_now(heard: Receivers) -> set[str]:
    """The alerts of which the newest notification is not their end."""
    newest = {one.alert: one.state for one in heard.received}
    return {alert for alert, state in newest.items() if state == "firing"}


async def until_shown(shown: Figures, times: int) -> None:
    aim = shown.shown + times
    await wait_until(f"{times} more scrapes", lambda: shown.shown >= aim, timeout_s=120)


async def test_each_alert_is_sent_to_its_receivers_and_so_is_its_end(tmp_path: Path) -> None:
    """All six at once, then none, then no figures at all: the twins."""
    heard = Receivers()
    async with heard.listening(), figures() as shown:
        with Processes() as processes:
            options = MonitoringOptions(programs=programs(), hurry=HURRY, routes=routes(heard))
            monitoring = Monitoring(options, processes, wait_until, tmp_path)
            shown.metrics = dict(FINE)
            await monitoring.start(shown.address)
            await until_shown(shown, 12)
            assert not alerts_in(heard)

            shown.metrics |= {"ingest_users_at_risk": 6, "ingest_users_exhausted": 1}
            shown.metrics |= {"ingest_queue_ids": 101, TWICE: 11, BAD: 500}
            shown.metrics |= {SLOW: 2000, ALL: 2000, "ingest_batch_seconds_count": 2000}
            warned = {"QueueBacklog", "DuplicateAttempts", "BatchesSlow"}
            expected = dict.fromkeys(warned, WARNED) | {"FreshnessLow": PAGED}
            expected |= {"BatchFailures": ALERTED, "PoolExhausted": ALERTED}
            firing = {
                name: {(who, state) for who, state in sent if state == "firing"}
                for name, sent in expected.items()
            }
            await wait_until(
                "all six have fired",
                lambda: all(heard.of(name) >= sent for name, sent in firing.items()),
                timeout_s=120,
            )
            shown.metrics |= {name: FINE[name] for name in FINE if name.startswith("ingest_users")}
            shown.metrics |= {"ingest_queue_ids": 100}

            await wait_until(
                "all are resolved, the duplicates of an hour after a minute",
                lambda: all(heard.of(name) == sent for name, sent in expected.items()),
                timeout_s=200,
            )
            assert alerts_in(heard) == set(expected)

            await wait_until("no alert is left", lambda: not firing_now(heard), timeout_s=120)
            heard.received.clear()
            shown.metrics = {}
            twins = {"FreshnessUnknown", "BatchFailuresUnknown", "PoolUnknown", "QueueUnknown"}
            twins |= {"DuplicatesUnknown", "LatencyUnknown"}
            await wait_until(
                "every twin is firing",
                lambda: all(heard.of(name) for name in twins),
                timeout_s=120,
            )
            shown.metrics = dict(FINE)
            await wait_until(
                "every twin is resolved",
                lambda: all(heard.of(name) == ALERTED for name in twins),
                timeout_s=120,
            )
            assert set(monitoring.processes) == {"prometheus", "alertmanager"}
            monitoring.stop()
            monitoring.stop()
            assert tagged_processes(processes.tag) == []


async def test_the_page_of_alerts_can_be_read(tmp_path: Path) -> None:
    """Debian's program looks for its pages below /usr/share, where an unpacked package has none."""
    async with figures() as shown:
        shown.metrics = dict(FINE)
        with Processes() as processes:
            options = MonitoringOptions(programs=programs(), hurry=HURRY)
            monitoring = Monitoring(options, processes, wait_until, tmp_path)
            await monitoring.start(shown.address)
            page = await asyncio.to_thread(requests.get, monitoring.alerts_page, timeout=30)
            monitoring.stop()
    assert page.status_code == 200
    if programs().assets is not None:  # newer pages are drawn by scripts
        assert "FreshnessLow" in page.text


async def test_one_that_ends_at_once_says_why(tmp_path: Path) -> None:
    with Processes() as processes:
        broken = Programs(prometheus=programs().prometheus, alertmanager=Path("/bin/false"))
        options = MonitoringOptions(programs=broken)
        monitoring = Monitoring(options, processes, wait_until, tmp_path)
        with pytest.raises(NotReady, match="alertmanager ended at once"):
            await monitoring.start("127.0.0.1:1")
        monitoring.stop()
