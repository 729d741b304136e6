"""Acknowledgements on a bad network: how soon they reach the page."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from harness.ledger.kinds.client import Acknowledged
from harness.ledger.kinds.network import ReferenceRequest
from harness.ledger.kinds.viewer import ViewShown
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind, payloads, records
from reports.evidence.evidence import Evidence
from reports.evidence.fates import (
    VIEW,
)
from reports.evidence.faults import whole_span
from reports.evidence.pages import (
    attempts,
    ids_of,
)
from reports.statistics.share import P95_SHARE, Decision, decide_share_below
from reports.verdict.verdict import Finding

SIGMAS = 3.0
ENOUGH = 10
"""Fewer requests decide nothing; ten show only that the recorder is not worse by half."""


@check(needs={Capability.PAGE_EVENTS})
def acknowledged_p95(evidence: Evidence, *, limit_ms: float) -> Finding:
    """The 95th percentile of the time from a view to its acknowledgement is below ``limit_ms``."""
    ledger = evidence.ledger
    shown = of_kind(ledger.viewer, ViewShown)
    if shown.empty:
        return no_evidence("nothing was shown")
    answered_ns: dict[tuple[str, str, str], int] = {}
    answers = of_kind(ledger.client, Acknowledged).sort_values("mono_ns")
    for row in records(answers):
        for artwork in ids_of(row):
            view = str(row["user"]), str(row["tab"]), artwork
            answered_ns.setdefault(view, int(row["mono_ns"]))
    first = shown.drop_duplicates(VIEW)
    views = [(str(user), str(tab), str(artwork)) for user, tab, artwork in first[VIEW].to_numpy()]
    at_ns = first["mono_ns"].to_numpy(dtype=float)
    took_ms = (np.array([answered_ns.get(view, math.inf) for view in views]) - at_ns) / 1e6
    at_s = ledger.seconds(first["mono_ns"]).to_numpy(dtype=float)
    share = decide_share_below(took_ms >= limit_ms, P95_SHARE, at_s=at_s)
    p95_ms = float(np.quantile(took_ms, 0.95, method="higher"))
    figures = Figures(measured=p95_ms, target=limit_ms, unit="ms", n=share.n)
    sentence = f"{share.count} of {share.n} views took {limit_ms:g} ms or more, p95 {p95_ms:.0f} ms"
    if share.decision is Decision.MET:
        return figures.passed(sentence)
    if share.decision is Decision.MISSED:
        return figures.failed(sentence)
    return figures.undecided(f"{sentence}: too few to decide")


@check(needs={Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY})
def soon_as_reference(evidence: Evidence, *, within_s: float) -> Finding:
    """During the fault batches were acknowledged in time as often as a plain client's requests.

    In time is within ``within_s``, counted from a batch's first attempt. The plain client, on the
    same line, opens a connection for every request and tries once. The share may be lower by three
    standard errors of the difference.
    """
    ledger, span = evidence.ledger, whole_span(evidence.ledger)
    if span is None:
        return no_evidence("the ledger holds no whole fault span")
    client, network = ledger.client, ledger.network
    last_ns = span[1] - within_s * 1e9  # the end of the fault helps what begins later
    begun = attempts(client).drop_duplicates(["tab", "batch"])
    begun = begun[begun["mono_ns"].between(span[0], last_ns)]
    done = of_kind(client, Acknowledged).drop_duplicates(["tab", "batch"])
    both = begun.merge(done, on=["tab", "batch"], how="left", suffixes=("", "_done"))
    took_s = (both["mono_ns_done"] - both["mono_ns"]).astype("Float64") / 1e9
    in_time = (took_s <= within_s).fillna(False)  # without an answer it is not in time
    plain = [
        one.took_s
        for one in payloads(network, ReferenceRequest)
        if span[0] <= one.sent_mono_ns <= last_ns
    ]
    n, n_plain = len(both), len(plain)
    figures = Figures(unit="share", n=n)
    if n < ENOUGH or n_plain < ENOUGH:
        return figures.undecided(
            f"{n} batches and {n_plain} requests of the plain client are too few, "
            f"{ENOUGH} of each are needed"
        )
    share, plain_share = float(in_time.mean()), sum(took <= within_s for took in plain) / n_plain
    pooled = (in_time.sum() + plain_share * n_plain) / (n + n_plain)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / n_plain))
    figures = replace(figures, measured=share, target=plain_share - SIGMAS * error)
    sentence = (
        f"{share:.0%} of {n} batches within {within_s:g} s, "
        f"{plain_share:.0%} of {n_plain} requests of a plain client"
    )
    if share < plain_share - SIGMAS * error:
        return figures.failed(sentence)
    return figures.passed(sentence)
