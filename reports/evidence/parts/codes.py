"""Ids as numbers while a ledger is still being read: the order of the ids is known at its end."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from reports.core.types import Ints


class GrowingDictionary:
    """The different texts of a kind of id, numbered as they come; -1 stands for none."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._ranks: Ints | None = None
        self._dtype: pd.CategoricalDtype | None = None

    def __len__(self) -> int:
        return len(self._numbers)

    def numbers(self, column: pa.Array | pa.ChunkedArray) -> Ints:
        """Return the number of each text of a column, new ones among them."""
        coded = pc.dictionary_encode(column)
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.unify_dictionaries().combine_chunks()
            if isinstance(coded, pa.ChunkedArray):
                coded = pa.concat_arrays(coded.chunks)
        known = self._numbers
        own = [known.setdefault(text, len(known)) for text in coded.dictionary.to_pylist()]
        mapping = np.array([*own, -1], dtype=np.int32)
        codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
        found: Ints = mapping[codes]
        return found

    def texts(self) -> Sequence[str]:
        """Return the texts in the order of their numbers."""
        return list(self._numbers)

    def close(self) -> None:
        """Sort the texts: from now on ``ranks`` and ``dtype`` are what they are."""
        values = pa.array(list(self._numbers), pa.string())
        order = pc.array_sort_indices(values).to_numpy()
        ranks = np.full(len(order) + 1, -1, dtype=np.int64)
        ranks[order] = np.arange(len(order))
        self._ranks = ranks
        self.values = values.take(pa.array(order))
        self._dtype = pd.CategoricalDtype(pd.Index(self.values.to_pandas()))

    @property
    def dtype(self) -> pd.CategoricalDtype:
        """Return the sorted texts as categories, the same for every part."""
        assert self._dtype is not None, "the dictionary is closed"
        return self._dtype

    def ranked(self, numbers: Ints) -> Ints:
        """Return numbers of texts as their places in the sorted order; -1 stays."""
        assert self._ranks is not None, "the dictionary is closed"
        found: Ints = self._ranks[numbers]
        return found


def buckets_of(texts: Sequence[str], count: int) -> Ints:
    """Return the part, 0 … count - 1, that each text belongs to: by its hash, so that it is the
    same whatever else there is."""
    return np.array([zlib.crc32(text.encode("utf-8", "surrogatepass")) % count for text in texts])
