"""Rows that a witness wrote twice: one act or one sight counts as two."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from harness.ledger.kinds import SERVER, WITNESSES
from harness.ledger.kinds.client import PageDefectReached
from reports.core.kinds import is_kind
from reports.evidence.exchange.due import Due, is_watched
from reports.evidence.frame import LedgerFrames

_HEARD = ["mono_ns", "wall_ns"]
_MOMENTS = ("mono_ns", "received_mono_ns", "sent_ns", "page_wall_ns")


def rows_twice(ledger: LedgerFrames) -> list[Due]:
    """Return which witnesses hold a row more than once, with how many are too many.

    Two rows that agree in everything, their moments in nanoseconds included, are one row that was
    written twice. So are two reports of a page that agree in everything but when they were heard:
    one event that arrived twice. Left out are hits of a defect, which come within one tick of a
    page's clock, and simulations, in whose time nothing takes any.
    """
    return ledger.remembered("rows that are there twice", lambda: list(_found(ledger)))


def _found(ledger: LedgerFrames) -> Iterator[Due]:
    if not is_watched(ledger):
        return
    for name in (*WITNESSES, SERVER.name):
        frame: pd.DataFrame = getattr(ledger, name)
        if name == "client":
            frame = frame[~is_kind(frame, PageDefectReached)]
            reports = frame[frame["page_wall_ns"].fillna(0) > 0]
            yield from _twice(name, reports.drop(columns=_HEARD), "a page reported once")
        yield from _twice(name, frame, "it wrote once")


def _twice(name: str, frame: pd.DataFrame, what: str) -> Iterator[Due]:
    """Yield how many rows agree with an earlier one in every column. The few that share their
    moments are compared in full."""
    moments = [one for one in _MOMENTS if one in frame]
    alike = frame[frame.duplicated(moments, keep=False).to_numpy()]
    if alike.empty:
        return
    if "artworks" in alike:
        alike = alike.assign(artworks=alike["artworks"].map(_as_text))
    count = int(np.count_nonzero(alike.duplicated()))
    if count:
        yield Due(name, f"the {name} witness holds {count} rows twice that {what}")


def _as_text(ids: object) -> str:
    return repr(list(ids)) if isinstance(ids, (list, tuple, np.ndarray)) else repr(ids)
