"""Rows that a witness wrote twice: one act or one sight counts as two."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.ledger.kinds import DATABASE, SERVER, WITNESSES
from harness.ledger.kinds.client import PageDefectReached
from harness.ledger.kinds.database import LogSentinel, Violations
from reports.core.kinds import is_kind, of_kind
from reports.evidence.exchange.due import Due, is_watched
from reports.evidence.frame import LedgerFrames

_HEARD = ["mono_ns", "wall_ns"]
_MOMENTS = ("mono_ns", "received_mono_ns", "sent_ns", "page_wall_ns")


def rows_twice(ledger: LedgerFrames) -> list[Due]:
    """Return which witnesses hold a row more than once, with how many are too many.

    Two rows that agree in everything, their moments in nanoseconds included, are one row that was
    written twice. So are two reports of a page that agree in everything but when they were heard:
    one event that arrived twice. Left out are hits of a defect, which come within one tick of a
    page's clock, and simulations, in whose time nothing takes any. A sentinel of the database's log
    may be there once for each time that the log was read after it.
    """
    return ledger.remembered("rows that are there twice", lambda: list(_found(ledger)))


def _found(ledger: LedgerFrames) -> Iterator[Due]:
    if not is_watched(ledger):
        return
    for name in (*WITNESSES, SERVER.name):
        frame: pd.DataFrame = getattr(ledger, name)
        again = 0
        if name == "client":
            frame = frame[~is_kind(frame, PageDefectReached)]
            reports = frame[frame["page_wall_ns"].fillna(0) > 0]
            heard = _copies(reports.drop(columns=_HEARD))
            yield from _due(name, heard, "a page reported once")
        elif name == DATABASE.name:
            again = _sentinels_again(frame)
            frame = frame[~is_kind(frame, LogSentinel)]
        yield from _due(name, _copies(frame) + again, "it wrote once")


def _due(name: str, count: int, what: str) -> Iterator[Due]:
    if count:
        yield Due(name, f"the {name} witness holds {count} rows twice that {what}")


def _copies(frame: pd.DataFrame) -> int:
    """Return how many rows agree with an earlier one in every column.

    Column by column only those are looked at further that agree with another in all before, those
    that tell most first: of millions of rows few share their moments, and none its artwork too.
    """
    first = [one for one in (*_MOMENTS, "artwork", "batch", "seq") if one in frame]
    places = np.arange(len(frame))
    groups = np.zeros(len(frame), dtype=np.int64)
    for name in [*first, *(one for one in frame.columns if one not in first)]:
        if not len(places):
            break
        codes = _codes(frame[name].iloc[places])
        groups = pd.factorize(groups * (int(codes.max()) + 1) + codes)[0]
        is_shared = np.bincount(groups)[groups] > 1
        places, groups = places[is_shared], groups[is_shared]
    return len(groups) - len(np.unique(groups))


def _codes(column: pd.Series) -> npt.NDArray[np.int64]:
    """Return a number for each value, the same for the same; what is missing is a value."""
    found: npt.NDArray[np.int64]
    if isinstance(column.dtype, pd.CategoricalDtype):
        found = np.asarray(column.cat.codes, dtype=np.int64)
        return found + 1
    if column.name == "artworks":
        column = column.map(_as_text)
    found = np.asarray(pd.factorize(column, use_na_sentinel=False)[0], dtype=np.int64)
    return found


def _sentinels_again(database: pd.DataFrame) -> int:
    """Return how many rows of sentinels are too many. Each time that the harness reads the log, to
    its end, it writes down of every sentinel so far, with its own moment, whether the log shows it.
    """
    reads_ns = np.sort(of_kind(database, Violations)["mono_ns"].to_numpy(dtype=np.int64))
    rows = of_kind(database, LogSentinel).groupby("mono_ns").size()
    reads = len(reads_ns) - np.searchsorted(reads_ns, rows.index.to_numpy(dtype=np.int64))
    return int(np.maximum(rows.to_numpy() - np.maximum(reads, 1), 0).sum())


def _as_text(ids: object) -> str:
    return repr(list(ids)) if isinstance(ids, (list, tuple, np.ndarray)) else repr(ids)
