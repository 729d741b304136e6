"""A case of an alert rule: series, and what the alert is at each moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RUNBOOK = "docs/monitoring.md#"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One set of series, and what the alert is at each moment: its description, or None."""

    what: str
    series: Mapping[str, str] = field(default_factory=dict)
    moments: Mapping[str, str | None]

    def test(self, alert: str, severity: str, summary: str) -> dict[str, Any]:
        """Return it as promtool reads it."""
        return {
            "interval": "15s",
            "name": f"{alert}: {self.what}",
            "input_series": [
                {"series": name, "values": values} for name, values in self.series.items()
            ],
            "alert_rule_test": [
                {
                    "eval_time": moment,
                    "alertname": alert,
                    "exp_alerts": []
                    if description is None
                    else [
                        {
                            "exp_labels": {"severity": severity},
                            "exp_annotations": {
                                "summary": summary,
                                "description": description,
                                "runbook_url": f"{RUNBOOK}{alert.lower()}",
                            },
                        }
                    ],
                }
                for moment, description in self.moments.items()
            ],
        }


@dataclass(frozen=True)
class Alert:
    """An alert and its cases."""

    severity: str
    summary: str
    cases: tuple[Case, ...]


def unknown(metric: str, name: str) -> Alert:
    """The twin of an alert: it fires five minutes after the figure is gone, or never came."""
    summary = {
        "ingest_users_at_risk": "No figure says how much users have left to see",
        "ingest_batches_total": "No figure says whether batches are stored",
        "ingest_users_exhausted": "No figure says whether the pool is exhausted for a user",
        "ingest_queue_ids": "No figure says how much waits",
        "ingest_ids_total": "No figure says how many ids are duplicates",
        "ingest_batch_seconds": "No figure says how long batches take",
    }[name]
    text = f"No server shows {name}."
    return Alert(
        "P2",
        summary,
        (
            Case(what="it never came", moments={"4m45s": None, "5m": text, "30m": text}),
            Case(what="it is there", series={metric: "0x200"}, moments={"5m": None, "30m": None}),
            Case(
                what="it goes and comes back",
                series={metric: "1x20 stale _x20 1x40"},
                # Gone from step 21 on, at 5m15s.
                moments={"5m": None, "10m": None, "10m15s": text, "10m30s": None},
            ),
            Case(
                what="it stops without a word",
                series={metric: "_x10 1 _x60"},
                # The last value is looked back on for five minutes after step 11, at 2m45s.
                moments={"5m": None, "7m15s": None, "12m15s": None, "13m": text},
            ),
        ),
    )
