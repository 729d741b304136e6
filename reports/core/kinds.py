"""Rows of a frame by their kind, and small kinds as the objects that were written.

A frame has one row for every observation; its column ``kind`` holds the names that
``harness.ledger.kinds`` gives to the types. Reading has left out every row that is not as its kind
promises, so what is selected here can be decoded.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import Any, TypeVar

import pandas as pd

from harness.ledger.kinds import SERVER, WITNESSES
from harness.ledger.kinds.base import Kind, LedgerRow, leaves, name_of, names_of

K = TypeVar("K", bound=LedgerRow)


def is_kind(frame: pd.DataFrame, *kinds: type[LedgerRow]) -> pd.Series:
    """Return for each row whether it is of one of these kinds, or of a kind below them."""
    names = _names(kinds)
    if len(names) == 1:
        return frame["kind"] == next(iter(names))
    return frame["kind"].isin(list(names))


def of_kind(frame: pd.DataFrame, *kinds: type[LedgerRow]) -> pd.DataFrame:
    """Return the rows of these kinds, or of kinds below them, in their order."""
    found: pd.DataFrame = frame[is_kind(frame, *kinds)]
    return found


def is_a(record: Mapping[str, Any], *kinds: type[LedgerRow]) -> bool:
    """Return whether a single row, column → value, is of one of these kinds or of one below."""
    return record["kind"] in _names(kinds)


def decoded(record: Mapping[str, Any], kind: type[K]) -> K:
    """Return a single row, column → value, as it was written: of this kind, or of one below it.

    Raises KeyError for a row of another kind.
    """
    found: K = _decode(record, _below(kind)[record["kind"]])
    return found


def payloads(frame: pd.DataFrame, kind: type[K]) -> list[K]:
    """Return the rows of a kind, or of those below it, as they were written.

    They are decoded one by one: for kinds of which a run has few.
    """
    records: Any = of_kind(frame, kind).to_dict("records")
    return [decoded(record, kind) for record in records]


@functools.cache
def _names(kinds: tuple[type[LedgerRow], ...]) -> frozenset[str]:
    return frozenset(names_of(kinds))


@functools.cache
def _below(kind: type[LedgerRow]) -> Mapping[str, Kind[Any]]:
    every = {one.type: one for w in (*WITNESSES.values(), SERVER) for one in w.kinds.values()}
    return {name_of(leaf): every[leaf] for leaf in leaves(kind)}


def _decode(record: Mapping[str, Any], kind: Kind[K]) -> K:
    cells = {name: value for name, value in record.items() if not _is_missing(value)}
    for field in kind.columns:  # a missing number and NaN are one in a frame
        if field.required and field.type is float:
            cells[field.name] = record[field.name]
    if "artworks" in cells:
        cells["artworks"] = list(cells["artworks"])
    return kind.row(cells)


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))
