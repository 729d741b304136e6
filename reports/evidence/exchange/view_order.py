"""When views were meant to be shown, and seen, against when they were recorded or sent: no clock of
the viewer's that is ahead or behind may make the target's times look wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.ledger.kinds.client import Persisted, Recorded
from harness.ledger.kinds.network import BrowserUsed
from harness.ledger.kinds.viewer import ViewIntent, ViewShown
from reports.core.kinds import of_kind, payloads
from reports.core.types import Ints
from reports.evidence.columnar import exploded, keys
from reports.evidence.exchange.attempts import clock_error_ns
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import led_by_hand

SLACK_NS = 5_000_000
"""Both times are taken by processes of the harness, one after the other; more is no accident."""
_REQUESTS_MOST = 20_000
"""Of a load the first requests tell as much as all."""
_RECORDED = ["user", "tab", "artworks", "mono_ns", "page_wall_ns"]
_PAGE, _LOAD = ["user", "tab", "artwork"], ["user", "artwork"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewOrder:
    """How many views were compared; how many of them were recorded or sent before they were meant
    to be shown, and by how much at most, ns; and the same of those that the viewer saw on the
    screen before their page had recorded them, by the page's own clock."""

    compared: int
    early: int
    worst_ns: int
    unrecorded: int
    soonest_ns: int


def view_order(ledger: LedgerFrames) -> ViewOrder:
    """Return how the viewer's times compare with those of pages and load generators."""
    return ledger.remembered("order of views", lambda: _view_order(ledger))


def _view_order(ledger: LedgerFrames) -> ViewOrder:
    meant = of_kind(ledger.viewer, ViewIntent)
    by_pages = on_screen = np.empty(0, dtype=np.int64)
    if not led_by_hand(ledger):
        recorded = exploded(of_kind(ledger.client, Recorded)[_RECORDED])
        by_pages = _waits(meant, recorded, _PAGE)
        if all(one.kind != "remote" for one in payloads(ledger.network, BrowserUsed)):
            on_screen = _seen_after(of_kind(ledger.viewer, ViewShown), _journaled(ledger, recorded))
    load = ledger.load.head(_REQUESTS_MOST)
    sent = exploded(load[["user", "artworks"]].assign(mono_ns=load["sent_ns"]))
    by_load = _waits(meant, sent, _LOAD) + clock_error_ns(ledger)
    waits = np.concatenate([by_pages, by_load])
    early, unrecorded = waits < -SLACK_NS, on_screen < -SLACK_NS
    return ViewOrder(
        compared=len(waits),
        early=int(early.sum()),
        worst_ns=-int(waits.min()) if early.any() else 0,
        unrecorded=int(unrecorded.sum()),
        soonest_ns=-int(on_screen.min()) if unrecorded.any() else 0,
    )


def _journaled(ledger: LedgerFrames, recorded: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of pages that write down what they record before it is on the screen: those
    that report what is on disk. Another page may record a view some time after it is seen."""
    return recorded[recorded["tab"].isin(of_kind(ledger.client, Persisted)["tab"].dropna())]


def _seen_after(shown: pd.DataFrame, recorded: pd.DataFrame) -> Ints:
    """Return for each view how long after its page recorded it, by the page's clock, the viewer saw
    it on the screen, ns."""
    timed = recorded[recorded["page_wall_ns"].fillna(0) > 0]
    return _waits(
        timed.assign(mono_ns=timed["page_wall_ns"]),
        shown.assign(mono_ns=shown["wall_ns"]),
        _PAGE,
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
