"""Do the server's receipts add up, by themselves and against the table?"""

from __future__ import annotations

import pandas as pd

from harness.ledger.kinds.client import Attempt
from harness.ledger.kinds.database import Final
from harness.ledger.kinds.server import BatchReceipt
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.evidence.columnar import coded_together
from reports.evidence.evidence import Evidence
from reports.evidence.fates import (
    KEY,
    keys_of,
    names_of,
    processed_receipts,
)
from reports.evidence.frame import OUTCOME_UNKNOWN, exploded
from reports.verdict.verdict import Finding


@check(needs={Capability.RECEIPTS, Capability.DATABASE})
def conservation(evidence: Evidence) -> Finding:
    """Per receipt, and so per server lifetime, received = inserted + duplicate + rejected; receipts
    and rows agree.

    They agree in their sums (inserted = rows) and id by id: every id of a committed receipt has a
    row, every row is in a committed receipt. After a kill, rows without a receipt are allowed up to
    the number of ids that clients attempted and no receipt mentions; so are rows of batches whose
    receipt gives the outcome as unknown (the connection to the database broke in the middle).
    Receipts without rows never are.
    """
    batches = of_kind(evidence.ledger.server, BatchReceipt)
    final = of_kind(evidence.ledger.database, Final)
    if batches.empty:
        return no_evidence("the server left no receipts")
    if final.empty:
        return Figures(n=len(batches)).undecided("there was no final read of the table")
    lifetimes = batches.groupby("lifetime", dropna=False)
    sums = lifetimes[["received", "inserted", "duplicate", "rejected"]].sum()
    leak = sums["received"] - sums[["inserted", "duplicate", "rejected"]].sum(axis=1)
    rows, inserted = int(final["rows"].iloc[-1]), int(sums["inserted"].sum())
    surplus = rows - inserted
    allowed = _ids_without_receipt(evidence) if evidence.ledger.killed_lifetimes else 0
    allowed += int(batches[batches["reason"] == OUTCOME_UNKNOWN]["received"].sum())
    rowless, unreceipted = _unmatched(evidence)
    figures = Figures(measured=surplus, target=0, unit="rows", n=len(batches))
    if (leak != 0).any():
        return figures.failed(
            f"{int(leak.abs().sum())} received ids are neither inserted, duplicate nor rejected"
        )
    if odd := _odd_receipts(batches):
        return figures.failed(
            f"{len(odd)} receipts count other ids as received than as inserted, duplicate and "
            "rejected",
            examples=odd,
        )
    if len(rowless):
        return figures.failed(
            f"{len(rowless)} impressions have a committed receipt and no row",
            examples=names_of(rowless),
        )
    if surplus < 0 or surplus > allowed or len(unreceipted) > allowed:
        return figures.failed(
            f"the receipts count {inserted} inserted, the table holds {rows} rows, "
            f"{len(unreceipted)} of them in no receipt ({allowed} may be)",
            examples=names_of(unreceipted),
        )
    total = sums.sum()
    return figures.passed(
        f"{total['received']} ids received = {total['inserted']} inserted + "
        f"{total['duplicate']} duplicate + {total['rejected']} rejected; {rows} rows"
    )


def _odd_receipts(batches: pd.DataFrame) -> list[str]:
    """Return the receipts whose counts do not add up, by their batches: in the sum of all of them
    the counts of two that were exchanged do."""
    parts = ["inserted", "duplicate", "rejected"]
    whole = batches.dropna(subset=["received", *parts])
    odd = whole[whole["received"] != whole[parts].sum(axis=1)]
    return [f"batch {batch}" for batch in odd["batch"].astype(object)]


def _unmatched(evidence: Evidence) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the impressions with a committed receipt and no row, and those the other way round."""
    impressions = evidence.fates.impressions
    stored, receipts = impressions[impressions["copies"] > 0], processed_receipts(evidence.ledger)
    in_table, in_receipts = keys_of(stored, KEY), keys_of(receipts, KEY)
    rowless = receipts[~in_receipts.isin(in_table)].drop_duplicates(KEY).dropna(subset=KEY)
    return rowless, stored[~in_table.isin(in_receipts)]


def _ids_without_receipt(evidence: Evidence) -> int:
    """Return how many ids clients attempted in a batch that no receipt mentions with it."""
    ledger = evidence.ledger
    sources = (
        of_kind(ledger.client, Attempt),
        ledger.load,
        of_kind(ledger.server, BatchReceipt),
    )
    shares = coded_together([rows[["user", "batch", "artworks"]] for rows in sources], "batch")
    by_page, by_load, receipts = (
        keys_of(exploded(rows), ["user", "batch", "artwork"]) for rows in shares
    )
    tried = by_page.append(by_load).unique()
    return int((~tried.isin(receipts)).sum())
