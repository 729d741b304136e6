"""Numbers of a large ledger in as few bytes as hold them."""

from __future__ import annotations

import numpy as np
import pandas as pd

SMALL = 1 << 13
"""Below this a number is kept in two bytes: sums and differences of a few still fit there."""


def narrowed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of the frame with the same values: whole numbers without a mask where none is
    missing, and in two bytes each where all are smaller than ``SMALL``. Times (``…_ns``) keep
    their eight, whatever they are: the run's start is taken off them."""
    return pd.DataFrame({name: _narrow(frame[name]) for name in frame}, copy=False)


def joined(pieces: list[pd.Series]) -> pd.Series:
    """Return the pieces as one column; they are given up on the way, so that both are not there at
    a time where plain numbers are joined."""
    dtypes = [one.dtype for one in pieces if isinstance(one.dtype, np.dtype)]
    if len(dtypes) < len(pieces) or any(dtype.kind != "i" for dtype in dtypes):
        return pd.concat(pieces, ignore_index=True)
    found = np.empty(sum(map(len, pieces)), dtype=np.result_type(*dtypes))
    end = len(found)
    while pieces:
        piece = pieces.pop()
        found[end - len(piece) : end] = piece.to_numpy()
        end -= len(piece)
    return pd.Series(found, copy=False)


def _narrow(column: pd.Series) -> pd.Series:
    if not pd.api.types.is_signed_integer_dtype(column.dtype):
        return column.reset_index(drop=True).copy()
    missing = column.isna().to_numpy()
    numbers = column.to_numpy(dtype=np.int64, na_value=0)
    is_small = not str(column.name).endswith("_ns") and np.abs(numbers).max(initial=0) < SMALL
    narrow = np.int16 if is_small else np.int64
    if not missing.any():
        return pd.Series(numbers.astype(narrow))
    return pd.Series(pd.arrays.IntegerArray(numbers.astype(narrow), missing.copy()))
