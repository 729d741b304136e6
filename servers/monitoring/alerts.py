"""The files for Prometheus and Grafana: the alert rules, as they are for production or in a hurry,
and the dashboards."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

DASHBOARDS = ("impressions-now.json", "impressions-trends.json")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_DURATION = re.compile(r"(?P<before>\[|^ +(?:for|interval): )(?P<number>\d+)(?P<unit>[smh])", re.M)


def rules(hurry: int = 1) -> str:
    """Return the rules as Prometheus reads them, every duration ``hurry`` times shorter.

    Bounds stay. Shorter than a second becomes a second: Prometheus evaluates no faster here.
    """
    text = (resources.files("servers.monitoring") / "alerts.yml").read_text(encoding="utf-8")
    if hurry == 1:
        return text

    def shorter(found: re.Match[str]) -> str:
        seconds = int(found["number"]) * _SECONDS[found["unit"]]
        return f"{found['before']}{max(1, round(seconds / hurry))}s"

    return _DURATION.sub(shorter, text)


def dashboard_files() -> tuple[Path, ...]:
    """Return the dashboards, to be imported into Grafana; ``dashboards.py`` makes them."""
    directory = Path(str(resources.files("servers.monitoring")))
    return tuple(directory / name for name in DASHBOARDS)
