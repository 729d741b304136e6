"""Impressions that one request alone carried, as those saw it who count requests: what is stored
twice of them was repeated behind that, and by no client."""

from __future__ import annotations

import numpy as np
import pandas as pd

from reports.core.types import Flags, Ints
from reports.evidence.columnar import exploded, keys
from reports.evidence.frame import LedgerFrames

_IMPRESSION = ["user", "artwork"]


def sent_once(ledger: LedgerFrames, impressions: pd.DataFrame) -> Flags:
    """Return which impressions were in one request alone.

    A load generator writes down each request that it sends, the relay before a server each that
    arrives. One that names no user may be anybody's, and counts for everyone.
    """
    found = np.zeros(len(impressions), dtype=bool)
    if impressions.empty:
        return found
    witnessed = [rows for rows in (ledger.load, ledger.wire) if not rows.empty]
    each = [exploded(rows[["user", "artworks"]]) for rows in witnessed]
    times = np.zeros(len(impressions), dtype=np.int64)
    for rows in each:
        named, anonymous = rows[rows["user"].notna()], rows[rows["user"].isna()]
        times += _times(named, impressions, _IMPRESSION)
        times += _times(anonymous, impressions, ["artwork"])
    found |= times == 1
    return found


def _times(rows: pd.DataFrame, impressions: pd.DataFrame, columns: list[str]) -> Ints:
    """Return how many of the rows there are for each impression."""
    if rows.empty:
        return np.zeros(len(impressions), dtype=np.int64)
    distinct, counts = np.unique(keys(rows, columns), return_counts=True)
    wanted = keys(impressions, columns)
    place = np.searchsorted(distinct, wanted).clip(max=len(distinct) - 1)
    found: Ints = np.where(distinct[place] == wanted, counts[place], 0)
    return found
