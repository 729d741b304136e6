"""The gateway against receipts: was what arrived there processed, once, and nothing else?"""

from __future__ import annotations

from collections import Counter

import pandas as pd

from harness.ledger.kinds.network import GatewayRow, RequestAnswered, RequestArrived
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import payloads
from reports.evidence.evidence import Evidence
from reports.evidence.exchange.attempts import attempts_of
from reports.evidence.exchange.disturbances import disturbances
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import may_lack_receipts
from reports.verdict.verdict import Finding

Pair = tuple[str, int]
"""A batch and its attempt."""


@check(
    needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY},
    always=True,
    applies=lambda evidence: bool(_arrived(evidence.ledger)),
)
def arrivals_processed(evidence: Evidence) -> Finding:
    """Of the attempts that arrived at a gateway the server has a receipt each, and none more often
    than it arrived.

    Left out: attempts on which a fault acted there, and as lost those that the gateway gave no
    answer to. One without a receipt decides nothing where
    the server was killed or disturbed, or refused requests before it read what they were.
    """
    ledger, attempts = evidence.ledger, attempts_of(evidence.ledger)
    arrived = _arrived(ledger)
    if not arrived:
        return no_evidence("no batch passed a gateway")
    receipts = attempts.receipts
    processed: Counter[Pair] = Counter()
    batches = attempts.names[receipts["batch"]] if len(receipts) else pd.Index([])
    for batch, attempt in zip(batches, receipts["attempt"], strict=True):
        processed[str(batch), int(attempt)] += 1
    more = [pair for pair in arrived if processed[pair] > arrived[pair]]
    silent = _unanswered(ledger)
    lost = [pair for pair in arrived if not processed[pair] and pair not in silent]
    figures = Figures(measured=len(more), target=0, unit="attempts", n=len(arrived))
    if more:
        return figures.failed(
            f"{len(more)} of {len(arrived)} attempts were processed more often than they arrived",
            examples=[_words(pair) for pair in more[:EXAMPLES_MAX]],
        )
    if lost and not (may_lack_receipts(ledger) or disturbances(ledger) or attempts.unnamed):
        return figures.failed(
            f"{len(lost)} of {len(arrived)} attempts arrived and have no receipt",
            examples=[_words(pair) for pair in lost[:EXAMPLES_MAX]],
        )
    have = sum(processed[pair] > 0 for pair in arrived)
    return figures.passed(
        f"{have} of {len(arrived)} attempts that arrived have a receipt, none more often"
    )


def _arrived(ledger: LedgerFrames) -> Counter[Pair]:
    """Return how often each attempt arrived at a gateway, those that a fault acted on left out: as
    often as it was recorded there, or else answered."""

    def count() -> Counter[Pair]:
        attempts = attempts_of(ledger)
        acted = {
            (str(attempts.names[batch]), number)
            for batch, numbers in attempts.acted.items()
            for number in numbers
        }
        recorded, answered = Counter[Pair](), Counter[Pair]()
        for one in payloads(ledger.network, GatewayRow):
            if one.batch is None or one.attempt is None or (one.batch, one.attempt) in acted:
                continue
            if isinstance(one, RequestArrived):
                recorded[one.batch, one.attempt] += one.to_batches
            elif isinstance(one, RequestAnswered):
                answered[one.batch, one.attempt] += 1
        return +(recorded | answered)

    return ledger.remembered("arrivals at the gateway", count)


def _unanswered(ledger: LedgerFrames) -> set[Pair]:
    """Return the attempts that a gateway gave no answer to: whether they went on is not known."""
    return {
        (one.batch, one.attempt)
        for one in payloads(ledger.network, RequestAnswered)
        if one.status == 0 and one.batch is not None and one.attempt is not None
    }


def _words(pair: Pair) -> str:
    return f"batch {pair[0]} attempt {pair[1]}"
