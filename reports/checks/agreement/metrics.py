"""The server's metrics against its receipts: do both count the same?"""

from __future__ import annotations

import pandas as pd

from harness.ledger.kinds.activity import ServerFigure, ServerFigureName
from harness.ledger.kinds.server import BatchReceipt, ServerStarted
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.evidence.evidence import EVERY_WITNESS, Evidence
from reports.evidence.frame import LedgerFrames
from reports.verdict.verdict import Finding

_UNAVAILABLE = 503


@check(
    needs={Capability.RECEIPTS, Capability.SERVER_METRICS},
    always=True,
    applies=lambda evidence: bool(_last_counts(evidence.ledger)),
    rests_on=EVERY_WITNESS,
)
def metrics_as_receipts(evidence: Evidence) -> Finding:
    """The server's counters of ids and of 503s are those of its receipts.

    Compared are the last counters that were read, when no receipt came later, with the receipts of
    the life of the server that was then going on: counters begin at zero in each. Counters that
    the target does not have are not compared.
    """
    ledger = evidence.ledger
    counted = _last_counts(ledger)
    if not counted:
        return no_evidence("no counter was read after the last receipt")
    receipts = _of_the_last_life(ledger)
    written = {
        "ids_inserted": int(receipts["inserted"].fillna(0).sum()),
        "ids_duplicate": int(receipts["duplicate"].fillna(0).sum()),
        "batches_503": int((receipts["status"] == _UNAVAILABLE).fillna(False).sum()),
    }
    wrong = [
        f"{name} is {int(value)}, the receipts say {written[name]}"
        for name, value in counted.items()
        if int(value) != written[name]
    ]
    off = sum(abs(int(value) - written[name]) for name, value in counted.items())
    figures = Figures(measured=off, target=0, n=len(receipts))
    if wrong:
        return figures.failed("; ".join(wrong))
    return figures.passed(f"{len(counted)} counters agree with {len(receipts)} receipts")


def _last_counts(ledger: LedgerFrames) -> dict[ServerFigureName, float]:
    """Return the counters that were read after everything that has a receipt, by name."""
    rows = of_kind(ledger.activity, ServerFigure)
    last_ns = of_kind(ledger.server, BatchReceipt)[["received_mono_ns", "committed_mono_ns"]]
    if rows.empty or last_ns.isna().all(axis=None):
        return {}
    rows = rows[rows["mono_ns"] == rows["mono_ns"].max()]
    rows = rows[rows["mono_ns"] > int(last_ns.max().max())]
    values = dict(zip(rows["name"], rows["value"], strict=True))
    names: tuple[ServerFigureName, ...] = ("ids_inserted", "ids_duplicate", "batches_503")
    return {name: float(values[name]) for name in names if name in values}


def _of_the_last_life(ledger: LedgerFrames) -> pd.DataFrame:
    """Return the receipts of the server's last life; all of them where none says that it began."""
    receipts = of_kind(ledger.server, BatchReceipt)
    begun = of_kind(ledger.server, ServerStarted).dropna(subset=["mono_ns"])
    if begun.empty:
        return receipts
    last = begun.sort_values("mono_ns", kind="stable")["lifetime"].iloc[-1]
    own: pd.DataFrame = receipts[receipts["lifetime"] == last]
    return own
