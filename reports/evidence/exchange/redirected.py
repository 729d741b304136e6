"""Impressions of a load whose requests were answered by a redirect, which no part of the harness
follows: whether they are stored where it leads is not seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from reports.core.types import Flags
from reports.evidence.columnar import exploded, keys
from reports.evidence.frame import LedgerFrames

_IMPRESSION = ["user", "artwork"]
_REDIRECTS = (300, 399)


def redirected(ledger: LedgerFrames, impressions: pd.DataFrame) -> Flags:
    """Return for which impressions the last answer that a load generator read is a redirect.

    A request that had no answer is none; what was acknowledged in any attempt is not redirected.
    """
    load, found = ledger.load, np.zeros(len(impressions), dtype=bool)
    if impressions.empty or not load["status"].between(*_REDIRECTS).any():
        return found
    answered = load[load["status"] > 0].sort_values("done_ns", kind="stable")
    each = exploded(answered[["user", "artworks", "status"]])
    last = each.drop_duplicates(_IMPRESSION, keep="last")
    elsewhere = last[last["status"].between(*_REDIRECTS)]
    found |= np.isin(keys(impressions, _IMPRESSION), keys(elsewhere, _IMPRESSION))
    return found
