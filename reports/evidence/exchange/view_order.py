"""When views were meant to be shown, against when they were recorded or sent: no clock of the
viewer's that is ahead may make the target's times look wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.ledger.kinds.client import Recorded
from harness.ledger.kinds.network import BrowserUsed
from harness.ledger.kinds.viewer import ViewIntent
from reports.core.kinds import of_kind, payloads
from reports.core.types import Ints
from reports.evidence.columnar import exploded, keys
from reports.evidence.exchange.attempts import clock_error_ns
from reports.evidence.frame import LedgerFrames

SLACK_NS = 5_000_000
"""Both times are taken by processes of the harness, one after the other; more is no accident."""
_REQUESTS_MOST = 20_000
"""Of a load the first requests tell as much as all."""
_PAGE, _LOAD = ["user", "tab", "artwork"], ["user", "artwork"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewOrder:
    """How many views were compared, how many of them were recorded or sent before they were meant
    to be shown, and by how much at most, ns."""

    compared: int
    early: int
    worst_ns: int


def view_order(ledger: LedgerFrames) -> ViewOrder:
    """Return how the viewer's times compare with those of pages and load generators."""
    return ledger.remembered("order of views", lambda: _view_order(ledger))


def _view_order(ledger: LedgerFrames) -> ViewOrder:
    meant = of_kind(ledger.viewer, ViewIntent)
    by_pages = np.empty(0, dtype=np.int64)
    if not any(one.kind == "device" for one in payloads(ledger.network, BrowserUsed)):
        recorded = exploded(
            of_kind(ledger.client, Recorded)[["user", "tab", "artworks", "mono_ns"]]
        )
        by_pages = _waits(meant, recorded, _PAGE)
    load = ledger.load.head(_REQUESTS_MOST)
    sent = exploded(load[["user", "artworks"]].assign(mono_ns=load["sent_ns"]))
    by_load = _waits(meant, sent, _LOAD) + clock_error_ns(ledger)
    waits = np.concatenate([by_pages, by_load])
    early = waits < -SLACK_NS
    return ViewOrder(
        compared=len(waits),
        early=int(early.sum()),
        worst_ns=-int(waits.min()) if early.any() else 0,
    )


def _waits(meant: pd.DataFrame, came: pd.DataFrame, columns: list[str]) -> Ints:
    """Return for each view that is in both how long after its intent it first came, ns."""
    if meant.empty or came.empty:
        return np.empty(0, dtype=np.int64)
    first = [
        pd.Series(rows["mono_ns"].to_numpy(dtype=np.int64)).groupby(keys(rows, columns)).min()
        for rows in (meant, came)
    ]
    both = pd.concat(first, axis=1, join="inner")
    waits: Ints = (both.iloc[:, 1] - both.iloc[:, 0]).to_numpy(dtype=np.int64)
    return waits
