"""Do the server's receipts add up, by themselves and against the table?"""

from __future__ import annotations

import pandas as pd

from harness.observations import Saw
from reports.checks.base import Evidence, failed, passed, undecided
from reports.frame import exploded
from reports.verdict import Finding

OUTCOME_UNKNOWN = "outcome_unknown"


def conservation(evidence: Evidence) -> Finding:
    """Per server lifetime received = inserted + duplicate + rejected, and inserted = rows.

    After a kill, rows without a receipt are allowed up to the number of ids that clients attempted
    and no receipt mentions; so are rows of batches whose receipt says that their outcome is not
    known (the connection to the database broke in the middle). Receipts without rows never are.
    """
    name = "conservation"
    batches = evidence.ledger.server[evidence.ledger.server["kind"] == "batch"]
    final = evidence.ledger.database[evidence.ledger.database["kind"] == Saw.FINAL.value]
    if batches.empty:
        return undecided(name, "the server left no receipts", n=0)
    if final.empty:
        return undecided(name, "there was no final read of the table", n=len(batches))
    sums = batches.groupby("lifetime")[["received", "inserted", "duplicate", "rejected"]].sum()
    leak = sums["received"] - sums[["inserted", "duplicate", "rejected"]].sum(axis=1)
    rows, inserted = int(final["rows"].iloc[-1]), int(sums["inserted"].sum())
    surplus = rows - inserted
    allowed = 0 if _every_lifetime_ended(evidence) else _ids_without_receipt(evidence)
    allowed += int(batches[batches["reason"] == OUTCOME_UNKNOWN]["received"].sum())
    figures = {"measured": float(surplus), "target": 0.0, "unit": "rows", "n": len(batches)}
    if (leak != 0).any():
        return failed(
            name,
            f"{int(leak.abs().sum())} received ids are neither inserted, duplicate nor rejected",
            **figures,
        )
    if surplus < 0 or surplus > allowed:
        return failed(
            name,
            f"receipts say {inserted} inserted, the table holds {rows} rows "
            f"({allowed} may lack a receipt)",
            **figures,
        )
    total = sums.sum()
    return passed(
        name,
        f"{total['received']} ids received = {total['inserted']} inserted + "
        f"{total['duplicate']} duplicate + {total['rejected']} rejected; {rows} rows",
        **figures,
    )


def _every_lifetime_ended(evidence: Evidence) -> bool:
    lifetimes = evidence.ledger.server.groupby("lifetime")["kind"]
    return all({"started", "stopped"} <= set(kinds) for _, kinds in lifetimes)


def _ids_without_receipt(evidence: Evidence) -> int:
    ledger = evidence.ledger
    keys = ["user", "batch", "artwork"]
    tried = pd.concat(
        [
            exploded(ledger.client[ledger.client["kind"] == "attempt"])[keys],
            exploded(ledger.load)[keys],
        ]
    ).drop_duplicates()
    receipts = exploded(ledger.server[ledger.server["kind"] == "batch"])[keys].astype("object")
    seen = pd.MultiIndex.from_frame(receipts)
    return int((~pd.MultiIndex.from_frame(tried.astype("object")).isin(seen)).sum())
