"""Prometheus and Alertmanager of a stack's own, on free loopback ports, and what they say."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from servers.monitoring.alerts import rules
from servers.monitoring.routes import NOWHERE
from servers.topology.postgres import free_port
from servers.topology.spawning import Child, NotReady, Spawner, WaitFor

START_TIMEOUT_S = 60.0
SCRAPE_S = 15
KEPT_DAYS = 100
"""The trends look back 90 days; by default Prometheus keeps 15."""
_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """The two servers' binaries."""

    prometheus: Path
    alertmanager: Path

    @property
    def assets(self) -> Path | None:
        """Return Prometheus' pages, of Debian's package that was unpacked; None for another."""
        pages = self.prometheus.resolve().parents[1] / "share" / "prometheus" / "web"
        return pages if pages.is_dir() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringOptions:
    """What watches, how fast, and who is notified.

    ``hurry`` divides every duration of the rules and the time of a scrape. ``routes`` is
    Alertmanager's file (``servers.monitoring.routes``).
    """

    programs: Programs
    hurry: int = 1
    routes: str = NOWHERE


class Monitoring:
    """Both processes."""

    def __init__(
        self, options: MonitoringOptions, spawner: Spawner, wait_for: WaitFor, directory: Path
    ) -> None:
        self._options = options
        self._spawner = spawner
        self._wait_for = wait_for
        self._directory = directory
        self._children: list[Child] = []
        self._ports = {"prometheus": 0, "alertmanager": 0}

    @property
    def prometheus_url(self) -> str:
        """Return where Prometheus listens."""
        return f"http://127.0.0.1:{self._ports['prometheus']}"

    @property
    def alertmanager_url(self) -> str:
        """Return where Alertmanager listens."""
        return f"http://127.0.0.1:{self._ports['alertmanager']}"

    @property
    def alerts_page(self) -> str:
        """Return the page on which Prometheus shows the rules and which alerts fire."""
        return f"{self.prometheus_url}{'/classic' if self._options.programs.assets else ''}/alerts"

    @property
    def notifications_url(self) -> str:
        """Return where Alertmanager says which alerts it knows; Debian's has no pages."""
        return f"{self.alertmanager_url}/api/v2/alerts"

    @property
    def routes(self) -> str:
        """Return Alertmanager's file."""
        return self._options.routes

    @property
    def apis(self) -> tuple[str, str]:
        """Return the URLs of Prometheus' API and of Alertmanager's."""
        return f"{self.prometheus_url}/api/v1", f"{self.alertmanager_url}/api/v2"

    @property
    def processes(self) -> Mapping[str, int]:
        """Return name → process id."""
        return dict(
            zip(("alertmanager", "prometheus"), [c.pid for c in self._children], strict=False)
        )

    async def start(self, target: str, workers: Sequence[str] = ()) -> None:
        """Start both, to watch ``target`` and pool ``workers`` (HOST:PORT); returns when both
        answer."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._ports = {name: free_port() for name in self._ports}
        (self._directory / "alerts.yml").write_text(rules(self._options.hurry), encoding="utf-8")
        route_file = self._directory / "alertmanager.yml"
        route_file.touch(mode=0o600)
        route_file.write_text(self.routes, encoding="utf-8")
        (self._directory / "prometheus.yml").write_text(
            self._scraping(target, workers), encoding="utf-8"
        )
        await self._begin(
            "alertmanager",
            self._options.programs.alertmanager,
            f"--config.file={route_file}",
            f"--storage.path={self._directory / 'alertmanager'}",
            f"--web.listen-address=127.0.0.1:{self._ports['alertmanager']}",
            "--cluster.listen-address=",  # else it gossips on every interface
        )
        assets = self._options.programs.assets
        await self._begin(
            "prometheus",
            self._options.programs.prometheus,
            *([f"--web.local-assets={assets}/"] if assets else []),
            f"--config.file={self._directory / 'prometheus.yml'}",
            f"--storage.tsdb.path={self._directory / 'prometheus'}",
            f"--web.listen-address=127.0.0.1:{self._ports['prometheus']}",
            "--rules.alert.resend-delay=1s",
            f"--storage.tsdb.retention.time={KEPT_DAYS}d",
        )

    def stop(self) -> None:
        """Stop both; what they kept is in the directory."""
        for child in reversed(self._children):
            child.stop(ask_with=signal.SIGTERM, grace_s=10)
            self._spawner.forget(child.pid)
        self._children = []

    async def _begin(self, name: str, program: Path, *arguments: str) -> None:
        log = self._directory / f"{name}.log"
        child = self._spawner.spawn(name, [str(program), *arguments], log=log)
        self._children.append(child)
        port = self._ports[name]

        def answers() -> bool:
            if child.exit_code is not None:
                raise NotReady(f"{name} ended at once: {child.last_words()}")
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
            with contextlib.closing(connection), contextlib.suppress(OSError):
                connection.request("GET", "/-/ready")
                return connection.getresponse().status == 200
            return False

        await self._wait_for(f"{name} answers", answers, timeout_s=START_TIMEOUT_S)

    def _scraping(self, target: str, workers: Sequence[str]) -> str:
        every = max(1, SCRAPE_S // self._options.hurry)
        alertmanager = self.alertmanager_url.removeprefix("http://")
        return f"""\
global:
  scrape_interval: {every}s
  scrape_timeout: {every}s
  evaluation_interval: {every}s
rule_files: [{json.dumps(str(self._directory / "alerts.yml"))}]
alerting:
  alertmanagers:
    - static_configs: [{{targets: [{json.dumps(alertmanager)}]}}]
scrape_configs:
  - job_name: ingest
    static_configs: [{{targets: [{json.dumps(target)}]}}]
  - job_name: pool
    static_configs: [{{targets: {json.dumps(list(workers))}}}]
"""
