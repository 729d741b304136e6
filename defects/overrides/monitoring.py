"""Overrides of what Prometheus and Alertmanager are started with, and of the counts of triggers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from defects.base import PatchMissing, Replacement, Switch, Trial
from defects.overrides.signatures import PREPARE, Prepare, execute
from servers.ingest.storage.store import Pool, Store

RULES = "servers.topology.monitoring:rules"
"""The text of the alert rules that Prometheus is started with."""
ROUTES = "servers.topology.monitoring:Monitoring.routes"
"""The file that Alertmanager is started with."""

Text = Callable[..., str]


def caused(alert: str) -> Trial:
    """Return the cell in which an alert is caused."""
    return Trial("alerts", alert=alert)


def rule_changed(alert: str, old: str, new: str) -> Mapping[str, Replacement]:
    """Return overrides that replace text of one alert's rule, durations as in a hurry.

    Where that text is not there exactly once PatchMissing is raised as the stack starts.
    """

    def rules(switch: Switch, original: Text, hurry: int = 1) -> str:
        text = original(hurry)
        if not switch.reached():
            return text
        start = text.index(f"      - alert: {alert}\n")
        end = text.find("      - alert: ", start + 1)
        end = len(text) if end < 0 else end
        return text[:start] + replaced(text[start:end], old, new) + text[end:]

    return {RULES: rules}


def counts_changed(*statements: str) -> Mapping[str, Replacement]:
    """Return overrides that execute SQL once the triggers are there that count."""

    async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
        await original(store, pool)
        if switch.reached():
            await execute(pool, *statements)

    return {PREPARE: prepare}


def replaced(text: str, old: str, new: str) -> str:
    """Return text with ``new`` for ``old``; raise PatchMissing unless it is there exactly once."""
    if (count := text.count(old)) != 1:
        raise PatchMissing(f"{old!r} is there {count} times, not once")
    return text.replace(old, new)
