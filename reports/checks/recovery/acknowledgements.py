"""How soon the server's answers reached the page on a bad network."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from harness.ledger.schema import Saw
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.fates import (
    VIEW,
)
from reports.evidence.faults import whole_span
from reports.evidence.pages import (
    attempts,
    detail_of,
    ids_of,
    records,
)
from reports.statistics.share import P95_SHARE, Decision, decide_share_below
from reports.verdict.verdict import Finding

SIGMAS = 3.0


ENOUGH = 10
"""Fewer requests say nothing; so few only that the recorder is not worse by half."""


@check(needs={Capability.PAGE_EVENTS})
def acknowledged_p95(evidence: Evidence, *, limit_ms: float) -> Finding:
    """19 of 20 views were acknowledged to their page within the limit, counted from the view."""
    ledger = evidence.ledger
    shown = ledger.viewer[ledger.viewer["kind"] == Saw.VIEW_SHOWN.value]
    if shown.empty:
        return no_evidence("nothing was shown")
    told: dict[tuple[str, ...], int] = {}
    done = ledger.client[ledger.client["kind"] == "acknowledged"].sort_values("mono_ns")
    for row in records(done):
        for artwork in ids_of(row):
            key = {"user": str(row["user"]), "tab": str(row["tab"]), "artwork": artwork}
            told.setdefault(tuple(key[part] for part in VIEW), int(row["mono_ns"]))
    first = shown.drop_duplicates(VIEW)
    keys = [tuple(str(part) for part in values) for values in first[list(VIEW)].values]
    at_ns = first["mono_ns"].to_numpy(dtype=float)
    took_ms = (np.array([told.get(key, math.inf) for key in keys]) - at_ns) / 1e6
    at_s = ledger.seconds(first["mono_ns"]).to_numpy(dtype=float)
    share = decide_share_below(took_ms >= limit_ms, P95_SHARE, at_s=at_s)
    p95_ms = float(np.quantile(took_ms, 0.95, method="higher"))
    figures = Figures(measured=p95_ms, target=limit_ms, unit="ms", n=share.n)
    sentence = f"{share.count} of {share.n} views took {limit_ms:g} ms or more, p95 {p95_ms:.0f} ms"
    if share.decision is Decision.MET:
        return figures.passed(sentence)
    if share.decision is Decision.MISSED:
        return figures.failed(sentence)
    return figures.undecided(f"{sentence}: too few to say")


@check(needs={Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY})
def soon_as_reference(evidence: Evidence, *, within_s: float) -> Finding:
    """While the fault lasted batches were acknowledged within the bound, counted from their first
    attempt, no more rarely than a plain client's requests on the same line.

    The plain client opens a connection for every request and tries once. The share may be lower by
    three standard errors of the difference.
    """
    ledger, span = evidence.ledger, whole_span(evidence.ledger)
    if span is None:
        return no_evidence("the ledger holds no whole fault span")
    client, network = ledger.client, ledger.network
    latest = span[1] - within_s * 1e9  # what began later had help from the end of the fault
    begun = attempts(client).drop_duplicates(["tab", "batch"])
    begun = begun[begun["mono_ns"].between(span[0], latest)]
    done = client[client["kind"] == "acknowledged"].drop_duplicates(["tab", "batch"])
    both = begun.merge(done, on=["tab", "batch"], how="left", suffixes=("", "_done"))
    took_s = (both["mono_ns_done"] - both["mono_ns"]).astype("Float64") / 1e9
    soon = (took_s <= within_s).fillna(False)  # what was never answered was not answered soon
    sent = [
        (int(detail_of(row["detail"]).get("sent_mono_ns", 0)), row["value"])
        for row in records(network[network["kind"] == "reference"])
    ]
    plain = [took for at_ns, took in sent if span[0] <= at_ns <= latest]
    n, beside = len(both), len(plain)
    figures = Figures(unit="share", n=n)
    if n < ENOUGH or beside < ENOUGH:
        told = f"{n} batches and {beside} requests of the plain client"
        return figures.undecided(f"{told} are too few, {ENOUGH} of each are needed")
    rate, usual = float(soon.mean()), sum(took <= within_s for took in plain) / beside
    pooled = (soon.sum() + usual * beside) / (n + beside)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / beside))
    least = usual - SIGMAS * error
    sentence = (
        f"{rate:.0%} of {n} batches within {within_s:g} s, "
        f"{usual:.0%} of {beside} requests of a plain client"
    )
    if rate < least:
        return replace(figures, measured=rate, target=least).failed(sentence)
    return replace(figures, measured=rate, target=least).passed(sentence)
