"""Faults: live for as long as planned, and felt."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pandas as pd

from harness.core.outcome import Outcome
from harness.ledger.kinds.client import BeaconRefused, Unanswered
from harness.ledger.kinds.network import RequestActedOn, SentinelBitten, SentinelUnharmed
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import is_kind, of_kind, payloads
from reports.evidence.evidence import Evidence
from reports.evidence.exchange.attempts import Attempts, attempts_of
from reports.evidence.faults import whole_span
from reports.verdict.verdict import Finding

_REPEATED = 408
"""A client may repeat a request that is answered so, on another connection (RFC 9110, 15.5.9);
Chromium does, by itself."""


@check(instrument=True)
def fault_was_live(
    evidence: Evidence, *, lasting_s: float, felt_least: float = 1, sent_least: float = 0
) -> Finding:
    """The fault was live for ``lasting_s``, from its start to its end, and clients felt it.

    A sentinel tried the clients' path after injection and before healing. At least ``felt_least``
    attempts must have failed meanwhile, or the cell proves nothing; it is 0 only for a recorder
    that by its rules sends nothing while the fault lasts, or where a system may make its clients
    wait: ``sent_least`` requests of a load must then have been sent meanwhile.
    """
    ledger, span = evidence.ledger, whole_span(evidence.ledger)
    if span is None:
        return no_evidence("the ledger holds no whole fault span")
    network, lasted_s = ledger.network, (span[1] - span[0]) / 1e9
    figures = Figures(measured=lasted_s, target=lasting_s, unit="s")
    unharmed = of_kind(network, SentinelUnharmed)["detail"]
    if len(unharmed):
        return figures.undecided(f"the sentinel was not harmed: {unharmed.iloc[0]}")
    bitten = int(is_kind(network, SentinelBitten).sum())
    figures = replace(figures, n=bitten)
    if bitten < 2:
        return figures.undecided("no sentinel tried both ends of the fault")
    if lasted_s < lasting_s:
        return figures.undecided(f"the fault lasted {lasted_s:.2f} s only")
    trouble = of_kind(ledger.client, Unanswered, BeaconRefused)
    felt = int(trouble["mono_ns"].between(*span).sum())
    failed_load = ledger.load[ledger.load["outcome"] == Outcome.UNKNOWN.value]
    felt += int(failed_load["done_ns"].between(*span).sum())
    figures = replace(figures, n=felt)
    if felt < felt_least:
        return figures.undecided("no client felt the fault")
    sent = int(ledger.load["sent_ns"].between(*span).sum())
    if sent < sent_least:
        return figures.undecided(f"{sent} requests were sent during the fault")
    return figures.passed(f"live for {lasted_s:.2f} s, felt by {felt} attempts")


@check(
    needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY},
    always=True,
    instrument=True,
    applies=lambda evidence: bool(_answered_there(evidence)),
)
def answered_not_forwarded(evidence: Evidence) -> Finding:
    """The server has no receipt of a request that a fault at the gateway answered itself.

    It would have been forwarded all the same: the fault was not the one that was planned. A batch
    that two tabs hand out with the same number is two requests: of each number as many are answered
    and processed together as were handed out. Not judged are answers with 408, after which a
    browser repeats the request by itself.
    """
    answered = _answered_there(evidence)
    count = answered.total()
    figures = Figures(target=0, unit="requests", n=count)
    if not answered:
        return no_evidence("no fault answered a request that names its batch")
    attempts = attempts_of(evidence.ledger)
    receipts, handed = attempts.receipts, _handed(attempts)
    transports = [None if pd.isna(one) else one for one in receipts["transport"]]
    batches = _names(attempts, receipts)
    processed = Counter(zip(batches, receipts["attempt"], transports, strict=True))
    passed_on = sorted(
        (
            one
            for one, times in answered.items()
            if processed[one] and times + processed[one] > max(handed[one[:2]], 1)
        ),
        key=str,
    )
    figures = replace(figures, measured=len(passed_on))
    if passed_on:
        return figures.undecided(
            f"{len(passed_on)} of {count} requests that a fault answered got through",
            examples=[f"batch {batch} attempt {attempt}" for batch, attempt, _ in passed_on],
        )
    return figures.passed(f"none of {count} requests that a fault answered was forwarded")


def _handed(attempts: Attempts) -> Counter[tuple[str, int]]:
    """Return by how many tabs each attempt was handed to the browser."""
    by_tab = attempts.handed.drop_duplicates(["batch", "attempt", "tab"])
    return Counter(zip(_names(attempts, by_tab), by_tab["attempt"], strict=True))


def _names(attempts: Attempts, rows: pd.DataFrame) -> list[str]:
    return [str(one) for one in attempts.names[rows["batch"]]] if len(rows) else []


def _answered_there(evidence: Evidence) -> Counter[tuple[str, int, str | None]]:
    """Return how often a fault answered each batch, attempt and transport itself."""
    if not attempts_of(evidence.ledger).made_up:
        return Counter()
    return Counter(
        (one.batch, one.attempt, one.transport)
        for one in payloads(evidence.ledger.network, RequestActedOn)
        if one.answered not in (None, _REPEATED)
        and one.batch is not None
        and one.attempt is not None
    )
