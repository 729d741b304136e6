"""Requests that arrived: how often a batch, and by which method."""

from __future__ import annotations

from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.frame import exploded
from reports.evidence.pages import BATCH, batch_receipts, detail_of
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
    rows = evidence.ledger.network[evidence.ledger.network["kind"] == "request"]
    if rows.empty:
        return no_evidence("no gateway recorded requests")
    requests = [detail_of(text) for text in rows["detail"]]
    methods = [str(one.get("method")) for one in requests if one.get("to_batches") is True]
    count, unreadable = methods.count(method), requests.count({})
    figures = Figures(measured=count, unit="requests", n=len(rows))
    if count > most or count + unreadable < least:
        return figures.failed(
            f"{count} {method} requests arrived, expected {least:.0f} to {most:.0f}"
        )
    if unreadable:
        return figures.undecided(f"{unreadable} requests are not readable")
    if not methods:
        return figures.undecided("no batch arrived at all")
    return figures.passed(f"{count} {method} requests arrived")
