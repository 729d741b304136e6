"""Many rows to one an id: minimum, maximum, sum or number of each impression's or view's rows.

A pandas group-by would sort and align each figure by itself; here the ids of all frames are
numbered once, and every figure is one pass over its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from reports.core.types import Flags, Ints
from reports.evidence.columnar import keys

_FIRST = {"min": np.iinfo(np.int64).max, "max": np.iinfo(np.int64).min, "sum": 0, "size": 0}


class Folding:
    """The distinct ids (``columns``) of some frames, in order, and where each row belongs.

    Rows that lack one of the ids belong nowhere.
    """

    def __init__(self, frames: Iterable[pd.DataFrame], columns: Sequence[str]) -> None:
        parts = list(frames)
        self._columns = list(columns)
        self._whole = [_whole(frame, self._columns) for frame in parts]
        held = [
            keys(frame, columns)[whole] for frame, whole in zip(parts, self._whole, strict=True)
        ]
        codes, distinct = pd.factorize(np.concatenate(held) if held else np.empty(0, np.int64))
        order = np.argsort(distinct, kind="stable")
        place = np.empty(len(order), dtype=np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        self.keys: Ints = distinct[order]
        ends = np.cumsum([len(part) for part in held])
        self._codes = np.split(place[codes], ends[:-1]) if held else []
        self._dtypes = [parts[0][name].dtype for name in columns] if parts else []

    def __len__(self) -> int:
        return len(self.keys)

    def fold(self, part: int, values: pd.Series | None, how: str) -> pd.arrays.IntegerArray:
        """Return a figure of each id from the rows of one frame (by its place): ``min``, ``max``,
        ``sum``, or ``size`` without values; missing where no row has a value."""
        codes, whole = self._codes[part], self._whole[part]
        if values is None:
            counts = np.bincount(codes, minlength=len(self)).astype(np.int64)
            return pd.arrays.IntegerArray(counts, counts == 0)
        array: Any = values.array
        known = ~np.asarray(array.isna(), dtype=bool)
        if not whole.all():
            array, known = array[whole], known[whole]
        if not known.all():
            codes, array = codes[known], array[known]
        numbers = array.to_numpy(dtype=np.int64)
        found = np.full(len(self), _FIRST[how], dtype=np.int64)
        {"min": np.minimum, "max": np.maximum, "sum": np.add}[how].at(found, codes, numbers)
        missing = np.ones(len(self), dtype=bool)
        missing[codes] = False
        found[missing] = 0
        return pd.arrays.IntegerArray(found, missing)

    def ids(self) -> dict[str, pd.Categorical]:
        """Return the distinct ids as columns."""
        return decoded(self.keys, self._columns, self._dtypes)


def decoded(
    numbers: Ints, columns: Sequence[str], dtypes: Sequence[Any]
) -> dict[str, pd.Categorical]:
    """Return the ids that ``reports.evidence.columnar.keys`` made these numbers of."""
    found: dict[str, pd.Categorical] = {}
    rest = numbers
    for name, dtype in reversed(list(zip(columns, dtypes, strict=True))):
        size = len(dtype.categories) + 1
        codes = (rest % size - 1).astype(np.int32)
        rest = rest // size
        found[name] = pd.Categorical.from_codes(codes, dtype=dtype, validate=False)
    return {name: found[name] for name in columns}


def _whole(frame: pd.DataFrame, columns: Sequence[str]) -> Flags:
    there = np.ones(len(frame), dtype=bool)
    for name in columns:
        there &= frame[name].cat.codes.to_numpy() >= 0
    return there
