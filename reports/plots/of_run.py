"""The pictures of one judged run, made from its evidence."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pandas as pd

from reports.evidence.evidence import Evidence
from reports.evidence.faults import FaultSpan, fault_spans
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import attempts, detail_of, records
from reports.evidence.requests import requests
from reports.evidence.tabs import adoptions, crashes, tab_lives
from reports.plots.delivery import shown_minus_durable
from reports.plots.drawing.picture import Picture
from reports.plots.latency import latency_over_time
from reports.plots.line import Measured, nominal_and_measured
from reports.plots.load import load_over_time, use_over_time
from reports.plots.queue import queue_over_time
from reports.plots.tabs import tabs_over_time


def pictures_of(evidence: Evidence) -> list[Picture]:
    """Return what can be drawn of a run: delivery always, latency where an answer was read."""
    ledger = evidence.ledger
    faults = fault_spans(ledger)
    first_shown, durable = (
        ledger.seconds(evidence.fates.impressions[name].dropna()).to_numpy(dtype=float)
        for name in ("shown_ns", "durable_ns")
    )
    drawn = [shown_minus_durable(first_shown, durable, faults)]
    if lives := tab_lives(ledger, evidence.fates):
        drawn.append(tabs_over_time(lives, adoptions(ledger), crashes(ledger), faults))
    if (queues := _queues(ledger, faults)) is not None:
        drawn.append(queues)
    if (line := _line(ledger)) is not None:
        drawn.append(line)
    if not ledger.load.empty:
        drawn.append(load_over_time(ledger, _limit(ledger, "latency_p95", "limit_ms"), faults))
        cpu_limit = _limit(ledger, "database_cpu", "limit_percent")
        drawn.append(use_over_time(ledger, cpu_limit, faults))
    answered = requests(ledger)
    if not answered.empty:
        drawn.append(
            latency_over_time(
                answered["at_s"].to_numpy(dtype=float),
                answered["response_ms"].to_numpy(dtype=float),
                answered["ok"].to_numpy(dtype=bool),
                target_ms=_limit(ledger, "latency_p95", "limit_ms"),
                faults=faults,
            )
        )
    return drawn


def _queues(ledger: LedgerFrames, faults: list[FaultSpan]) -> Picture | None:
    """Draw the pages' queues, or nothing where no page told of one."""
    told = ledger.client[ledger.client["queue_depth"].notna()].sort_values("mono_ns")
    if told.empty:
        return None
    depths, now_by_tab = [], {}
    for at_s, tab, depth in zip(
        ledger.seconds(told["mono_ns"]), told["tab"], told["queue_depth"], strict=True
    ):
        now_by_tab[tab] = int(depth)
        depths.append((float(at_s), sum(now_by_tab.values())))
    sent = attempts(ledger.client)
    ok = requests(ledger)
    answered = ok[ok["ok"].astype(bool)]["at_s"].astype(float).tolist() if not ok.empty else []
    count = max(0, len(sent) - len(answered))
    began = ledger.seconds(sent["mono_ns"]).astype(float).tolist()
    unanswered = _without(began, answered)[:count]
    return queue_over_time(depths, answered, unanswered, faults)


def _without(times: list[float], others: list[float]) -> list[float]:
    """Return the times that are not among the others, each taken out once."""
    left = Counter(others)
    kept = []
    for time in times:
        if left[time]:
            left[time] -= 1
        else:
            kept.append(time)
    return kept


def _line(ledger: LedgerFrames) -> Picture | None:
    """Draw what the line was said to be beside what was measured, or nothing where nobody did."""
    network = ledger.network
    rows = records(network[network["kind"] == "calibration"])
    profiles = records(network[network["kind"] == "profile"])
    if not rows:
        return None
    by_what: dict[str, dict[str, Any]] = {}
    for row in rows:
        told = detail_of(row["detail"])
        if "what" in told and told.get("low") is not None:
            one = by_what.setdefault(str(told["what"]), {"told": told})
            one[str(told.get("when"))] = math.nan if pd.isna(row["value"]) else float(row["value"])
    facts = detail_of(profiles[-1]["detail"]) if profiles else {}
    title, nominal = facts.get("title", "The line"), facts.get("nominal", "")
    kinds = [
        Measured(
            what=what,
            nominal=float(one["told"].get("nominal") or 0.0),
            low=float(one["told"]["low"]),
            high=None if one["told"].get("high") is None else float(one["told"]["high"]),
            before=one.get("before"),
            after=one.get("after"),
        )
        for what, one in by_what.items()
    ]
    also = "".join(f"; {one}" for one in facts.get("deviations", ()))
    return nominal_and_measured(f"{title}: {nominal}{also}", str(facts.get("backend")), kinds)


def _limit(ledger: LedgerFrames, check: str, parameter: str) -> float | None:
    limits = [c.parameters.get(parameter) for c in ledger.run.plan.checks if c.name == check]
    return float(limits[0]) if limits and limits[0] is not None else None
