"""The server's metrics against its receipts and against the table: do they count the same?"""

from __future__ import annotations

import math

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
_ACTIVE_ABOVE, _LEFT_LEAST = 10, 5


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


@check(needs={Capability.DATABASE, Capability.SERVER_METRICS}, rests_on=EVERY_WITNESS)
def users_as_counted(evidence: Evidence) -> Finding:
    """The last figures on users are those of the rows that the final read found.

    An active user has more than ten rows; at risk is one that has more than half of the pool's
    artworks, exhausted any user for whom fewer than five are left. Every artwork that was shown is
    taken to be in the pool, whose size is the server's.
    """
    last = _last_figures(evidence.ledger)
    if not evidence.fates.decided or "pool_artworks" not in last:
        return no_evidence("there was no final read, or no figure on users after it began")
    impressions = evidence.fates.impressions
    rows = impressions[impressions["copies"] > 0].groupby("user").size()
    pool, active = last["pool_artworks"], rows[rows > _ACTIVE_ABOVE]
    scanned: dict[ServerFigureName, float] = {
        "active_users": len(active),
        "users_at_risk": int((active > pool / 2).sum()),
        "users_exhausted": int((pool - rows < _LEFT_LEAST).sum()),
    }
    if len(active):
        scanned["unseen_share"] = 1 - float(active.mean()) / pool
    wrong = [
        f"{name} is {last[name]:.10g}, the rows say {value:.10g}"
        for name, value in scanned.items()
        if name in last and not math.isclose(last[name], value, abs_tol=1e-9)
    ]
    compared = sum(name in last for name in scanned)
    figures = Figures(measured=len(wrong), target=0, unit="figures", n=compared)
    if wrong:
        return figures.failed("; ".join(wrong), examples=wrong)
    return figures.passed(f"{compared} figures on {len(rows)} users agree with their rows")


def _last_figures(ledger: LedgerFrames) -> dict[ServerFigureName, float]:
    """Return the figures of the last answer that was read after everything that has a receipt."""
    rows = of_kind(ledger.activity, ServerFigure)
    last_ns = of_kind(ledger.server, BatchReceipt)[["received_mono_ns", "committed_mono_ns"]]
    if rows.empty or last_ns.isna().all(axis=None):
        return {}
    rows = rows[rows["mono_ns"] == rows["mono_ns"].max()]
    rows = rows[rows["mono_ns"] > int(last_ns.max().max())]
    return {name: float(value) for name, value in zip(rows["name"], rows["value"], strict=True)}


def _last_counts(ledger: LedgerFrames) -> dict[ServerFigureName, float]:
    """Return the counters that were read after everything that has a receipt, by name."""
    values = _last_figures(ledger)
    names: tuple[ServerFigureName, ...] = ("ids_inserted", "ids_duplicate", "batches_503")
    return {name: values[name] for name in names if name in values}


def _of_the_last_life(ledger: LedgerFrames) -> pd.DataFrame:
    """Return the receipts of the server's last life; all of them where none says that it began."""
    receipts = of_kind(ledger.server, BatchReceipt)
    begun = of_kind(ledger.server, ServerStarted).dropna(subset=["mono_ns"])
    if begun.empty:
        return receipts
    last = begun.sort_values("mono_ns", kind="stable")["lifetime"].iloc[-1]
    own: pd.DataFrame = receipts[receipts["lifetime"] == last]
    return own
