"""Requests that arrived: how often a batch, and by which method."""

from __future__ import annotations

from harness.ledger.kinds.network import RequestArrived
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import payloads
from reports.evidence.evidence import Evidence
from reports.evidence.frame import exploded
from reports.evidence.pages import BATCH, batch_receipts
from reports.verdict.verdict import Finding


@check(needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY})
def came_again(evidence: Evidence, *, least: float) -> Finding:
    """At least ``least`` requests brought a batch again, and the unique index absorbed them."""
    receipts = batch_receipts(evidence.ledger)
    named = receipts[receipts["batch"].notna()]
    if named.empty:
        return Figures(n=len(receipts)).undecided("the server left no receipts that name a batch")
    batches = named.groupby(BATCH, dropna=False)
    surplus = len(named) - batches.ngroups
    numbered = named[named["attempt"].notna()]
    by_itself = int(numbered.duplicated([*BATCH, "attempt"]).sum())
    ids = exploded(named).groupby(BATCH, dropna=False)["artwork"].nunique()
    stored = batches["inserted"].sum()
    twice = int((stored > ids.reindex(stored.index, fill_value=0)).sum())
    sentence = f"{surplus} requests brought a batch again, {by_itself} by the browser itself"
    figures = Figures(measured=surplus, target=least, unit="requests", n=len(named))
    if twice:
        return figures.failed(f"{sentence}; {twice} batches were stored more than once")
    if surplus < max(least, 1):
        return figures.undecided(sentence)
    return figures.passed(sentence)


@check()
def arrived_as(evidence: Evidence, *, method: str, least: float, most: float) -> Finding:
    """``least`` to ``most`` batch requests of ``method`` arrived at the recording gateway."""
    requests = payloads(evidence.ledger.network, RequestArrived)
    if not requests:
        return no_evidence("no gateway recorded requests")
    methods = [one.method for one in requests if one.to_batches]
    count = methods.count(method)
    figures = Figures(measured=count, unit="requests", n=len(requests))
    if not least <= count <= most:
        return figures.failed(
            f"{count} {method} requests arrived, expected {least:.0f} to {most:.0f}"
        )
    if not methods:
        return figures.undecided("no batch arrived at all")
    return figures.passed(f"{count} {method} requests arrived")
