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

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.ledger.kinds import SERVER, WITNESSES
from harness.ledger.kinds.base import Kind, LedgerRow, leaves, name_of, names_of

K = TypeVar("K", bound=LedgerRow)


def is_kind(frame: pd.DataFrame, *kinds: type[LedgerRow]) -> pd.Series:
    """Return for each row whether it is of one of these kinds, or of a kind below them."""
    return pd.Series(_are_of(frame, kinds), index=frame.index, name="kind", copy=False)


def of_kind(frame: pd.DataFrame, *kinds: type[LedgerRow]) -> pd.DataFrame:
    """Return the rows of these kinds, or of kinds below them, in their order."""
    places = np.flatnonzero(_are_of(frame, kinds))
    if len(places) == len(frame):
        return frame.copy(deep=False)
    return frame.take(places) if len(places) else frame.iloc[:0]


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows one by one, each as column → value, in Python's own types.

    It is what ``rows.to_dict("records")`` returns, at a third of its cost for a few rows.
    """
    if rows.empty:
        return []
    names = list(rows.columns)
    columns = [_plain_values(rows[name]) for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


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
    return [decoded(record, kind) for record in records(of_kind(frame, kind))]


def _plain_values(column: pd.Series) -> list[Any]:
    """Return a column's values in Python's own types; a number or a list that is missing is None.

    A nullable column that lacks a value would list NumPy's own numbers.
    """
    values = column.array
    found = values.astype(object) if values.dtype.kind in "biuf" else values
    return [None if one is pd.NA else one for one in found.tolist()]


def _are_of(frame: pd.DataFrame, kinds: tuple[type[LedgerRow], ...]) -> npt.NDArray[np.bool_]:
    """Return for each row whether it is of one of these kinds, by the codes of their names."""
    words = frame["kind"].array
    names = _names(kinds)
    found: npt.NDArray[np.bool_]
    if isinstance(words, pd.Categorical):
        wanted = [code for code, name in enumerate(words.categories) if name in names]
        found = words.codes == wanted[0] if len(wanted) == 1 else np.isin(words.codes, wanted)
    else:
        found = np.logical_or.reduce([np.asarray(words == name, dtype=bool) for name in names])
    return found


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
