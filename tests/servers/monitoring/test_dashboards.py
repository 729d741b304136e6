"""Grafana's dashboards: as the generator makes them, whole, and with figures in every panel."""

from __future__ import annotations

import json
import math
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from harness.core.wait import wait_until
from harness.process.processes import Processes
from harness.setup import find_part
from servers.monitoring.alerts import dashboard_files, rules
from servers.topology.monitoring import Monitoring, MonitoringOptions, Programs
from servers.topology.single import Stack, StackOptions
from servers.topology.workers import WorkerOptions
from tests.servers.ingest.site import visitor

PROMETHEUS, ALERTMANAGER = find_part("prometheus"), find_part("alertmanager")
needs_prometheus = pytest.mark.skipif(
    PROMETHEUS is None or ALERTMANAGER is None,
    reason="no monitoring; `harness setup --only prometheus --only alertmanager` brings it",
)
NAMES = [path.name for path in dashboard_files()]
FILES = {path.name: path for path in dashboard_files()}
HURRY = 60
POOL = 20
DAY_S = 86_400


def board(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILES[name].read_text(encoding="utf-8"))
    return found


def panels(name: str) -> list[dict[str, Any]]:
    """The panels with figures; rows have none."""
    found = []
    for panel in board(name)["panels"]:
        found += panel.get("panels", []) if panel["type"] == "row" else [panel]
    return found


def expressions() -> Iterator[tuple[str, str]]:
    """Every expression with its place; Grafana's macro is a range as it would choose it here."""
    for name in NAMES:
        for panel in panels(name):
            for target in panel["targets"]:
                yield f"{name}: {panel['title']}", target["expr"].replace("$__rate_interval", "10s")


def test_the_files_are_what_the_generator_makes() -> None:
    pytest.importorskip("grafana_foundation_sdk", reason="the extra `monitoring` is not installed")
    from servers.monitoring.dashboards import files

    made = files()
    assert list(made) == list(dashboard_files())
    for path, content in made.items():
        assert path.read_text(encoding="utf-8") == content, (
            f"{path.name} is stale; say python -m servers.monitoring.dashboards"
        )


@pytest.mark.parametrize("name", NAMES)
def test_a_dashboard_can_be_imported_anywhere(name: str) -> None:
    whole = board(name)
    assert whole["uid"] == name.removesuffix(".json")  # links to it stay true
    [variable] = whole["templating"]["list"]
    assert (variable["type"], variable["query"]) == ("datasource", "prometheus")
    source = {"type": "prometheus", "uid": "${datasource}"}
    for panel in panels(name):
        assert panel["datasource"] == source
        assert [target["datasource"] for target in panel["targets"]] == [source] * len(
            panel["targets"]
        )


@pytest.mark.parametrize("name", NAMES)
def test_every_panel_says_what_it_shows_and_in_which_unit(name: str) -> None:
    assert len(panels(name)) >= 16
    for panel in panels(name):
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["targets"]
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


@pytest.mark.parametrize("name", NAMES)
def test_no_panel_lies_upon_another(name: str) -> None:
    everything = [*board(name)["panels"]]
    ids = [panel["id"] for panel in everything]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in everything:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert cells
        assert not cells & taken, panel["title"]
        taken |= cells


def test_trends_are_of_30_and_of_90_days() -> None:
    spans = [panel["timeFrom"] for panel in panels("impressions-trends.json")]
    assert spans.count("30d") == spans.count("90d") == len(spans) / 2
    assert board("impressions-trends.json")["time"] == {"from": "now-90d", "to": "now"}


def test_red_begins_where_the_alert_of_the_panel_fires() -> None:
    alerts = {
        rule["alert"]: float(match[1])
        for group in yaml.safe_load(rules())["groups"]
        for rule in group["rules"]
        if (match := re.search(r"> ([0-9.]+)", rule["expr"]))
    }
    named = 0
    for panel in panels("impressions-now.json"):
        match = re.search(r"\b([A-Z][a-z]+(?:[A-Z][a-z]+)+): ", panel["description"])
        if match is None:
            continue
        named += 1
        defaults = panel["fieldConfig"]["defaults"]
        whole = defaults["unit"] == "short"
        assert defaults["thresholds"]["steps"][-1]["value"] == alerts[match[1]] + whole
    assert named == 5


@needs_prometheus
def test_every_expression_is_one(tmp_path: Path) -> None:
    """promtool reads each as a recording rule; a broken one beside them is refused."""
    assert PROMETHEUS is not None
    promtool = PROMETHEUS.with_name("promtool")
    if not promtool.exists():
        pytest.skip("no promtool beside Prometheus")

    def accepted(*wanted: str) -> subprocess.CompletedProcess[str]:
        each = [{"record": f"panel:{n}", "expr": one} for n, one in enumerate(wanted)]
        file = tmp_path / "panels.yml"
        file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": each}]}))
        argv = [str(promtool), "check", "rules", str(file)]
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)

    every = [expression for _, expression in expressions()]
    assert len(every) > 40
    found = accepted(*every)
    assert found.returncode == 0, found.stderr
    assert accepted(*every, "sum(rate(x[5m])").returncode != 0


class Past:
    """Ninety-five days as Prometheus would have scraped them, a sample each four hours."""

    DAYS, EVERY_S = 95, 14_400
    A_DAY = DAY_S // EVERY_S

    def __init__(self, until_s: int) -> None:
        self.moments_s = range(until_s - self.DAYS * DAY_S, until_s, self.EVERY_S)
        self.restart = len(self.moments_s) // 2

    def text(self) -> str:
        """In OpenMetrics; the server was restarted in the middle, so its counters began anew."""
        counters = {
            ("ingest_ids", 'fate="inserted"'): 100,
            ("ingest_ids", 'fate="duplicate"'): 10,
            ("ingest_ids", 'fate="rejected"'): 1,
            ("ingest_batches", 'status="200"'): 49,
            ("ingest_batches", 'status="503"'): 1,
        }
        buckets = {"0.1": 45, "0.2": 50, "+Inf": 50}
        gauges = {
            "ingest_unseen_share": lambda n: 0.4 if n % self.A_DAY == 0 else 0.6,
            "ingest_users_at_risk": lambda n: 7.0 if n % self.A_DAY == 0 else 2.0,
            "ingest_pool_artworks": lambda n: 200.0,
            "ingest_users": lambda n: 50.0,
            "ingest_active_users": lambda n: 40.0,
            "ingest_database_table_bytes": lambda n: 1e6 + n,
        }
        lines = []
        for family in ("ingest_ids", "ingest_batches"):
            lines.append(f"# TYPE {family} counter")
            for (name, label), step in counters.items():
                if name == family:
                    lines += self._grown(f"{name}_total{{{label}}}", step)
        lines.append("# TYPE ingest_batch_seconds histogram")
        for bound, step in buckets.items():
            lines += self._grown(f'ingest_batch_seconds_bucket{{le="{bound}"}}', step)
        for name, at in gauges.items():
            lines.append(f"# TYPE {name} gauge")
            lines += [f"{name} {at(n)} {moment}" for n, moment in enumerate(self.moments_s)]
        return "\n".join([*lines, "# EOF", ""])

    def _grown(self, series: str, step: int) -> list[str]:
        return [
            f"{series} {step * (n if n < self.restart else n - self.restart + 1)} {moment}"
            for n, moment in enumerate(self.moments_s)
        ]


def backfill(promtool: Path, past: Past, blocks: Path) -> None:
    """Make Prometheus' blocks of a past."""
    if not promtool.exists():
        pytest.skip("no promtool beside Prometheus")
    blocks.mkdir(parents=True)
    file = blocks.with_name("past.txt")
    file.write_text(past.text(), encoding="utf-8")
    argv = [str(promtool), "tsdb", "create-blocks-from", "--max-block-duration=240h"]
    argv += ["openmetrics", str(file), str(blocks)]
    subprocess.run(argv, check=True, capture_output=True, timeout=120)


TREND_VALUES = {
    "Impressions a day": [600],
    "Duplicate and rejected ids a day": [60, 6],
    "Failed batches of a day": [0.02],
    "Batch latency of a day": [0.0555, 0.15],
    "Unseen share": [0.6 - 0.2 / Past.A_DAY, 0.4],
    "Users at risk": [7],
    "Pool and users": [200, 50, 40],
    "Table size": [1e6],
}
"""Of each panel, one for each series."""


@needs_prometheus
@pytest.mark.asyncio
async def test_the_trends_of_a_past_have_a_value_for_each_of_30_and_90_days(
    tmp_path: Path,
) -> None:
    assert PROMETHEUS is not None
    assert ALERTMANAGER is not None
    until_s = int(time.time())
    backfill(PROMETHEUS.with_name("promtool"), Past(until_s), tmp_path / "watch" / "prometheus")
    programs = Programs(prometheus=PROMETHEUS, alertmanager=ALERTMANAGER)
    with Processes() as processes:
        options = MonitoringOptions(programs=programs)
        watch = Monitoring(options, processes, wait_until, tmp_path / "watch")
        await watch.start("127.0.0.1:9")
        try:
            found = {
                (panel["title"], days): [
                    series
                    for target in panel["targets"]
                    for series in days_of(watch.prometheus_url, target["expr"], until_s, days)
                ]
                for panel in panels("impressions-trends.json")
                if (days := int(panel["timeFrom"].removesuffix("d")))
            }
        finally:
            watch.stop()
    assert {title for title, _ in found} == set(TREND_VALUES)
    for (title, days), every in found.items():
        assert [len(series) for series in every] == [days] * len(TREND_VALUES[title]), title
        for series, value in zip(every, TREND_VALUES[title], strict=True):
            assert series == pytest.approx([value] * days, rel=0.05), title


def days_of(prometheus: str, expression: str, until_s: int, days: int) -> list[list[float]]:
    """The values of an expression at the end of each day, of every series, greatest first."""
    first_s = until_s - (days - 1) * DAY_S
    asked = {"query": expression, "start": first_s, "end": until_s, "step": DAY_S}
    answer = requests.get(f"{prometheus}/api/v1/query_range", asked, timeout=20).json()
    assert answer["status"] == "success", (expression, answer)
    found = [[float(value) for _, value in one["values"]] for one in answer["data"]["result"]]
    return sorted(found, reverse=True)


def values(prometheus: str, expression: str) -> list[float]:
    """The values that an expression has now; raise for one that Prometheus does not take."""
    answer = requests.get(f"{prometheus}/api/v1/query", {"query": expression}, timeout=20).json()
    assert answer["status"] == "success", (expression, answer)
    return [float(series["value"][1]) for series in answer["data"]["result"]]


@needs_prometheus
@pytest.mark.stack
@pytest.mark.asyncio
async def test_no_panel_is_empty_in_a_system_that_is_used(tmp_path: Path) -> None:
    assert PROMETHEUS is not None
    assert ALERTMANAGER is not None
    programs = Programs(prometheus=PROMETHEUS, alertmanager=ALERTMANAGER)
    options = StackOptions(
        server_arguments=("--improvement", "predictive_pool"),
        pool=POOL,
        monitoring=MonitoringOptions(programs=programs, hurry=HURRY),
        workers=WorkerOptions(count=1, arguments=("--poll", "0.1"), metrics=True),
    )
    with Processes() as processes:
        async with (
            Stack(options, processes, wait_until, tmp_path) as stack,
            visitor(stack.direct_url) as ann,
        ):
            assert stack.monitoring is not None
            prometheus = stack.monitoring.prometheus_url
            sent = 0

            async def figures_are_everywhere() -> bool:
                nonlocal sent, empty
                sent += 1
                one = f"artwork-{sent % POOL + 1:04}"
                counters = {"recorded": sent, "totalFlushed": sent}
                answer = await ann.send([one], tabId="tab-1", batchId=f"b{sent}", counters=counters)
                assert answer.status == 200
                empty = [
                    place
                    for place, expression in expressions()
                    if not any(map(math.isfinite, values(prometheus, expression)))
                ]
                [pool] = values(prometheus, "max(ingest_pool_artworks)") or [0.0]
                return not empty and pool > POOL  # the workers' figures are of real jobs

            empty: list[str] = []
            try:
                await wait_until("no panel is empty", figures_are_everywhere, timeout_s=90)
            except Exception as error:
                raise AssertionError(f"empty: {empty}") from error
            assert values(prometheus, "max(ingest_users)") == [1.0]
            assert values(prometheus, "sum(ingest_nothing)") == []
