"""What load generators did not do as they wrote down: views that were never sent, requests that
they count otherwise. None of it is a loss of the target's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.ledger.kinds.viewer import ViewShown
from reports.core.kinds import of_kind
from reports.core.types import Flags
from reports.evidence.columnar import chosen, exploded, keys
from reports.evidence.exchange.attempts import attempts_of, matches
from reports.evidence.frame import LedgerFrames
from reports.evidence.generators import capped, generator_rows, last_reported

_IMPRESSION = ["user", "artwork"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadViews:
    """What load generators showed: ``shown``, the rows of the viewer that were shown by anybody;
    ``unsent``, which of them a generator showed and never sent; ``count``, how many views are a
    generator's; ``refused``, how many requests its own in-flight cap refused."""

    shown: pd.DataFrame
    unsent: Flags
    count: int
    refused: int


def load_views(ledger: LedgerFrames) -> LoadViews:
    """Return which shown views the load generators never handed to a connection.

    A generated user's tab is named after the user. A request that the in-flight cap refused was not
    sent, whatever became of the others of its batch.
    """
    return ledger.remembered("views of the load", lambda: _load_views(ledger))


def _load_views(ledger: LedgerFrames) -> LoadViews:
    shown = of_kind(ledger.viewer, ViewShown)
    generated = _named_alike(shown)
    unsent = generated.copy()
    refused = capped(ledger.load)
    if generated.any():
        sent = exploded(ledger.load.loc[~refused, ["user", "artworks"]])
        unsent &= ~np.isin(keys(shown, _IMPRESSION), keys(sent, _IMPRESSION))
    return LoadViews(
        shown=shown, unsent=unsent, count=int(generated.sum()), refused=int(refused.sum())
    )


def _named_alike(shown: pd.DataFrame) -> Flags:
    """Return for which rows the tab has the name of the user."""
    users, tabs = shown["user"].cat, shown["tab"].cat
    same = users.categories.get_indexer(tabs.categories)
    codes = tabs.codes.to_numpy()
    if not len(same):
        return np.zeros(len(shown), dtype=bool)
    found: Flags = (codes >= 0) & (same[codes] >= 0) & (same[codes] == users.codes.to_numpy())
    return found


def counted_by_generators(ledger: LedgerFrames) -> str:
    """Return in words that the generators count other requests as sent than they wrote down."""
    load, rows = ledger.load, generator_rows(ledger)
    first = chosen(load, (load["attempt"] == 1) & ~capped(load))
    if len(rows) and len(first) and int(rows["mono_ns"].max()) >= int(load["done_ns"].max()):
        counted = last_reported(rows, "sent")
        if counted != len(first):
            return f"the generators count {counted} batches as sent, and wrote down {len(first)}"
    return ""


def counted_otherwise(ledger: LedgerFrames) -> str:
    """Return in words that the generators wrote down other requests than they count as sent, or
    that the server has requests of theirs which they did not write down; empty where neither."""
    if own := counted_by_generators(ledger):
        return own
    load = ledger.load
    receipts = attempts_of(ledger).receipts
    of_load = receipts["tab"].astype(object).isin(set(load["tab"].astype(object)))
    here, _ = matches(receipts[of_load], attempts_of(ledger).load)
    unwritten = int(of_load.sum()) - len(set(here.tolist()))
    if not unwritten or load.empty:
        return ""
    return f"{unwritten} requests of the load have a receipt, and no generator wrote them down"
