"""Figures beside the verdict: what a reader wants to know of a run that no check decides."""

from __future__ import annotations

import numpy as np
import pandas as pd

from reports.checks.client import attempts, pages
from reports.checks.pages import in_flight
from reports.checks.retries import retries_of
from reports.fates import VIEW, Fates
from reports.frame import LedgerFrames, exploded

_QUANTILES = {"min": 0.0, "p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


def measures(ledger: LedgerFrames, fates: Fates) -> dict[str, float]:
    """Return the run's figures by name, unit last; a figure without evidence is left out."""
    found: dict[str, float] = {
        "shown_impressions": float(fates.impressions["shown_ns"].notna().sum()),
        "stored_rows": float(fates.impressions["copies"].sum()),
    }
    shown = fates.impressions[fates.impressions["shown_ns"].notna()]
    never = int(shown["durable_ns"].isna().sum())
    if never:
        found["never_durable"] = float(never)
    wait_ms = (shown["durable_ns"] - shown["shown_ns"]).astype("Float64") / 1e6
    found |= _quantiles("shown_to_durable", wait_ms, never=never)
    if (ledger.network["kind"] == "fault_end").any():
        found |= _quantiles("fault_end_to_durable", shown["waited_s"] * 1000, never=never)
    found |= _quantiles("shown_to_persisted", _shown_to_persisted_ms(ledger))
    batches = ledger.server[ledger.server["kind"] == "batch"]
    if not batches.empty:
        found["batches_processed"] = float(len(batches))
        found["duplicates_absorbed"] = float(batches["duplicate"].sum())
        found["ids_rejected"] = float(batches["rejected"].sum())
    found |= _pages(ledger.client)
    depths = ledger.client["queue_depth"].dropna()
    if not depths.empty:
        found["queue_depth_peak"] = float(depths.max())
    if not ledger.load.empty:
        found["load_requests"] = float(len(ledger.load))
        found["load_retries"] = float((ledger.load["attempt"] > 1).sum())
        found["new_row_share"] = _new_row_share(ledger)
    return found | _machine(ledger)


def requests(ledger: LedgerFrames) -> pd.DataFrame:
    """Return every request of load or page: ``at_s``, ``response_ms`` and ``ok``.

    The load's times count from the schedule, a page's from its attempt to the answer it read.
    Requests that a page never read an answer to are not in it: a beacon has no response time.
    """
    load = pd.DataFrame(
        {
            "at_s": ledger.seconds(ledger.load["scheduled_ns"]),
            "response_ms": (ledger.load["done_ns"] - ledger.load["scheduled_ns"]) / 1e6,
            "ok": ledger.load["outcome"] == "acknowledged",
        }
    )
    keys = ["tab", "batch", "attempt"]
    client = ledger.client[[*keys, "kind", "page_wall_ns", "mono_ns"]]
    sent = client[client["kind"] == "attempt"]
    done = client[client["kind"].isin(["acknowledged", "refused", "unknown"])]
    both = sent.merge(done, on=keys, suffixes=("", "_done"))
    page = pd.DataFrame(
        {
            "at_s": ledger.seconds(both["mono_ns"]),
            "response_ms": (both["page_wall_ns_done"] - both["page_wall_ns"]) / 1e6,
            "ok": both["kind_done"] == "acknowledged",
        }
    )
    frames = [frame for frame in (load, page) if not frame.empty]
    return pd.concat(frames, ignore_index=True) if frames else load


def _quantiles(name: str, values_ms: pd.Series, *, never: int = 0) -> dict[str, float]:
    """Return the quantiles; ``never`` more are longer than any, and a quantile that is one of those
    is left out: nobody knows it."""
    known = values_ms.dropna().astype(float).tolist()
    values = np.sort(np.array([*known, *[np.inf] * never]))
    if not len(values):
        return {}
    found = {
        f"{name}_{label}_ms": float(np.quantile(values, q, method="higher"))
        for label, q in _QUANTILES.items()
    }
    return {label: value for label, value in found.items() if np.isfinite(value)}


def _shown_to_persisted_ms(ledger: LedgerFrames) -> pd.Series:
    """Return how long after its showing each id was durable on the device; negative: before."""

    persisted = exploded(ledger.client[ledger.client["kind"] == "persisted"])
    shown = ledger.viewer[ledger.viewer["kind"] == "view_shown"]
    both = shown.merge(persisted, on=VIEW, suffixes=("", "_persisted"))
    return (both["page_wall_ns"] - both["wall_ns"]).astype("Float64") / 1e6


def _pages(client: pd.DataFrame) -> dict[str, float]:
    """Return what the pages did: attempts by transport, how long retries waited after a failure,
    how often two requests of one visible page were under way at once."""
    sent = attempts(client)
    if sent.empty:
        return {}
    found = {
        "client_attempts": float(len(sent)),
        "client_retries": float((sent["attempt"] > 1).sum()),
    }
    for transport, count in sent["transport"].value_counts().items():
        found[f"client_attempts_by_{transport}"] = float(count)
    found["client_requests_overlapping"] = float(in_flight(client)[1])
    waits = [wait for _, rows in pages(client) for _, wait in retries_of(rows)]
    return found | _quantiles("client_retry_wait", pd.Series(waits, dtype="Float64"))


def _new_row_share(ledger: LedgerFrames) -> float:
    acknowledged = ledger.load[ledger.load["inserted"].notna()]
    ids = sum(len(artworks) for artworks in acknowledged["artworks"])
    return float(acknowledged["inserted"].sum()) / ids if ids else 0.0


def _machine(ledger: LedgerFrames) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, samples in ledger.machine.groupby("process"):
        span_s = float(samples["mono_ns"].max() - samples["mono_ns"].min()) / 1e9
        if span_s > 0:
            used_s = float(samples["cpu_s"].max() - samples["cpu_s"].min())
            found[f"{name}_cpu_percent_of_a_core"] = 100 * used_s / span_s
            found[f"{name}_rss_peak_mib"] = float(samples["rss_bytes"].max()) / 2**20
    return found
