"""What arrived, how, and how often."""

from __future__ import annotations

from reports.checks.base import failed, passed, undecided
from reports.evidence.evidence import Evidence
from reports.evidence.frame import exploded
from reports.evidence.pages import BATCH, batch_receipts, detail_of
from reports.verdict.verdict import Finding


def came_again(evidence: Evidence, *, least: float) -> Finding:
    """Batches reached the server more often than once, so often at least; the index absorbed it."""
    name = "came_again"
    receipts = batch_receipts(evidence.ledger)
    named = receipts[receipts["batch"].notna()]
    if named.empty:
        return undecided(name, "the server left no receipts that name a batch", n=len(receipts))
    batches = named.groupby(BATCH, dropna=False)
    surplus = len(named) - batches.ngroups
    numbered = named[named["attempt"].notna()]
    by_itself = int(numbered.duplicated([*BATCH, "attempt"]).sum())
    ids = exploded(named).groupby(BATCH, dropna=False)["artwork"].nunique()
    stored = batches["inserted"].sum()
    twice = int((stored > ids.reindex(stored.index, fill_value=0)).sum())
    sentence = f"{surplus} requests brought a batch again, {by_itself} by the browser itself"
    figures = {"measured": float(surplus), "target": least, "unit": "requests", "n": len(named)}
    if twice:
        return failed(name, f"{sentence}; {twice} batches were stored more than once", **figures)
    if surplus < max(least, 1):
        return undecided(name, sentence, **figures)
    return passed(name, sentence, **figures)


def arrived_as(evidence: Evidence, *, method: str, least: float, most: float) -> Finding:
    """So many requests of this method for batches arrived at the recording gateway."""
    name = "arrived_as"
    rows = evidence.ledger.network[evidence.ledger.network["kind"] == "request"]
    if rows.empty:
        return undecided(name, "no gateway recorded requests", n=0)
    said = [detail_of(text) for text in rows["detail"]]
    methods = [
        str(one.get("method"))
        for one in said
        if str(one.get("path")).split("?")[0].endswith("batch-impressions")
    ]
    found = methods.count(method)
    figures = {"measured": float(found), "unit": "requests", "n": len(rows)}
    unreadable = said.count({})
    if found > most or found + unreadable < least:
        wanted = f"{least:.0f} to {most:.0f}"
        return failed(name, f"{found} {method} requests arrived, expected {wanted}", **figures)
    if unreadable or not methods:
        told = (
            f"{unreadable} requests are not readable" if unreadable else "no batch arrived at all"
        )
        return undecided(name, told, **figures)
    return passed(name, f"{found} {method} requests arrived", **figures)
