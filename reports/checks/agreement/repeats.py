"""Attempts against receipts: was each sending of a batch processed once?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from harness.ledger.kinds import CLIENT, NETWORK, SERVER
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import records
from reports.evidence.evidence import Evidence
from reports.evidence.exchange.attempts import Attempts, attempt_keys, attempts_of
from reports.evidence.exchange.disturbances import disturbances, is_disturbed
from reports.evidence.frame import LedgerFrames
from reports.verdict.verdict import Finding


@check(
    needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY},
    always=True,
    applies=lambda evidence: not attempts_of(evidence.ledger).receipts.empty,
    rests_on={CLIENT.name, SERVER.name, NETWORK.name},
)
def attempts_processed_once(evidence: Evidence) -> Finding:
    """The server processed no attempt twice, unless its connection may have broken in between.

    A client that sends a batch again counts its attempt up. A browser may repeat a request by
    itself, with the same number, when the connection ended before an answer: allowed as often as a
    fault at the gateway acted on the attempt, and where a fault, a kill or a restart lies between
    one receipt and the next. What several tabs hand out under one number is as many requests: that
    they do is not the server's doing.
    """
    attempts = attempts_of(evidence.ledger)
    if attempts.receipts.empty:
        return no_evidence("no receipt names an attempt")
    again, unexplained = _repeats(evidence.ledger, attempts)
    figures = Figures(
        measured=len(unexplained), target=0, unit="requests", n=len(attempts.receipts)
    )
    if unexplained:
        return figures.failed(
            f"{len(unexplained)} of {len(attempts.receipts)} processed requests repeat an attempt "
            "although no connection was broken",
            examples=unexplained[:EXAMPLES_MAX],
        )
    excused = f"; {again} were repeated where a connection broke or another tab had them" * bool(
        again
    )
    return figures.passed(f"{len(attempts.receipts)} processed requests{excused}, no other twice")


def _repeats(ledger: LedgerFrames, attempts: Attempts) -> tuple[int, list[str]]:
    """Return how many requests repeat an attempt, and those that nothing explains, in words."""
    receipts = attempts.receipts
    keys = pd.Series(attempt_keys(receipts))
    doubled = receipts[keys.duplicated(keep=False).to_numpy()]
    if doubled.empty:
        return 0, []
    tabs = attempts.handed.groupby(["batch", "attempt"])["tab"].nunique().to_dict()
    spans, lifetimes = disturbances(ledger), ledger.server["lifetime"].to_numpy(dtype=object)
    again, unexplained = 0, list[str]()
    ordered = doubled.sort_values(["batch", "attempt", "received_ns"], kind="stable")
    first: dict[str, Any] | None = None
    left = 0
    for row in records(ordered):
        batch, attempt = int(row["batch"]), int(row["attempt"])
        if first is None or (first["batch"], first["attempt"]) != (batch, attempt):
            others = max(tabs.get((batch, attempt), 1) - 1, 0)
            first, left = row, attempts.acted.get(batch, {}).get(attempt, 0) + others
            continue
        again += 1
        begin_ns, end_ns = _ns(first["received_ns"], -np.inf), _ns(row["received_ns"], np.inf)
        restarted = lifetimes[first["place"]] != lifetimes[row["place"]]
        first = row
        if left:
            left -= 1
        elif not restarted and not is_disturbed(spans, begin_ns, end_ns):
            apart = f"{(end_ns - begin_ns) / 1e6:.0f} ms after another"
            unexplained.append(f"{attempts.name(batch, attempt)} by {row['transport']}: {apart}")
    return again, unexplained


def _ns(value: Any, otherwise: float) -> float:
    return otherwise if pd.isna(value) else float(value)
