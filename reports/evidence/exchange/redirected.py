"""Impressions of a load whose requests were answered with what the load does not do: it follows no
redirect, so whether they are stored where one leads is not seen, and signs no user in again whose
session has ended."""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.core.outcome import Outcome
from reports.core.types import Flags
from reports.evidence.columnar import exploded, keys
from reports.evidence.frame import LedgerFrames

_IMPRESSION = ["user", "artwork"]
_REDIRECTS = (300, 399)
_SIGNED_OUT = 401


def redirected(ledger: LedgerFrames, impressions: pd.DataFrame) -> Flags:
    """Return for which impressions the last answer that a load generator read is a redirect.

    A request that had no answer is none; what was acknowledged in any attempt is not redirected.
    """
    load, found = ledger.load, np.zeros(len(impressions), dtype=bool)
    if impressions.empty or not load["status"].between(*_REDIRECTS).any():
        return found
    last = _last_answers(load)
    return _is_in(impressions, last[last["status"].between(*_REDIRECTS)])


def signed_out(ledger: LedgerFrames, impressions: pd.DataFrame) -> Flags:
    """Return for which impressions the last answer is 401 because the user's session had ended: the
    user was acknowledged before, and had no other answer after the first 401."""
    load = ledger.load
    if impressions.empty or not (load["status"] == _SIGNED_OUT).any():
        return np.zeros(len(impressions), dtype=bool)
    answered = load[load["status"] > 0]
    is_out = answered["status"] == _SIGNED_OUT
    first_out = answered[is_out].groupby("user", observed=True)["sent_ns"].min()
    good = answered[answered["outcome"] == Outcome.ACKNOWLEDGED.value]
    first_good = good.groupby("user", observed=True)["done_ns"].min()
    last_other = answered[~is_out].groupby("user", observed=True)["sent_ns"].max()
    times = pd.concat({"out": first_out, "good": first_good, "other": last_other}, axis=1)
    ended = times[(times["good"] < times["out"]) & (times["other"] < times["out"])].index
    last = _last_answers(load)
    is_its = (last["status"] == _SIGNED_OUT) & last["user"].isin(ended)
    return _is_in(impressions, last[is_its])


def _last_answers(load: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each impression that was answered, with the status of the last answer."""
    answered = load[load["status"] > 0].sort_values("done_ns", kind="stable")
    each = exploded(answered[["user", "artworks", "status"]])
    return each.drop_duplicates(_IMPRESSION, keep="last")


def _is_in(impressions: pd.DataFrame, others: pd.DataFrame) -> Flags:
    return np.isin(keys(impressions, _IMPRESSION), keys(others, _IMPRESSION))
