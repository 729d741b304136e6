"""Ids as numbers: how ten million observations fit into memory and are joined in seconds.

Users, tabs and artworks are dictionary-encoded once, with one dictionary a kind of id for
all witnesses, in order: so a code stands for the same id everywhere, two rows name the same id
when their codes are equal, and codes sort as ids do. Nothing is hashed, so nothing can collide. The
words of the format (kinds, outcomes) are encoded too.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from reports.core.types import Ints

CODED = ("user", "tab", "artwork")
"""Columns whose values are ids; one dictionary for each, whatever the witness. (A batch has an id
of its own, so a dictionary of batches would save nothing: see ``coded_together``.)"""
LISTED = "artworks"
"""The column that lists artworks."""
WORDS = ("kind", "outcome", "transport")
"""Columns of words that the format knows."""

# Times are nanoseconds beyond 2**53: a column with a null must not become a float.
NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.int32(): pd.Int32Dtype()}
LISTS = pd.ArrowDtype(pa.list_(pa.dictionary(pa.int32(), pa.string())))


def encoded(table: pa.Table) -> pa.Table:
    """Return the table with ids and words dictionary-encoded, a dictionary for each column.

    Every column is one piece of its own: as they are read, the columns of a batch share memory, and
    a column of numbers would keep the texts beside it.
    """
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if field.name in CODED or field.name in WORDS:
            column = pc.dictionary_encode(column).unify_dictionaries()
        table = table.set_column(place, field.name, column.combine_chunks())
    return table


def frames_of(tables: dict[str, pa.Table]) -> dict[str, pd.DataFrame]:
    """Return each table as a frame, ids as categories that all frames share; the tables are taken
    out one after the other, so that both need not fit into memory."""
    kinds = {name: _dictionary(tables.values(), name) for name in CODED}
    frames = {}
    while tables:
        name, table = tables.popitem()
        frames[name] = _frame(table, kinds)
        del table
        give_back()
    return frames


def give_back(*, everything: bool = False) -> None:
    """Return the memory that Arrow holds and does not use to the system; ``everything``: that of
    numpy and Python too, as far as the C library can (glibc)."""
    pa.default_memory_pool().release_unused()
    if everything and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)


def plain_frame(table: pa.Table) -> pd.DataFrame:
    """Return a table as a frame whose ids are texts: for witnesses that never say much."""
    frame: pd.DataFrame = table.to_pandas(types_mapper=NULLABLE.get)
    return frame


def exploded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per id of ``artworks``, as column ``artwork``; rows without ids go.

    Raises TypeError for a frame of ``counted``: which ids they are is not kept there.
    """
    column = frame[LISTED]
    if pd.api.types.is_integer_dtype(column.dtype) and len(column):
        raise TypeError("the ids were counted and not kept")
    if column.dtype != LISTS:
        rows = frame.explode(LISTED).rename(columns={LISTED: "artwork"})
        # Without any id the column would come out as numbers, and no longer join.
        return rows[rows["artwork"].notna()].astype({"artwork": "object"})
    lists = _lists(column)
    ids = pc.list_flatten(lists)
    rows = frame.drop(columns=LISTED).take(pc.list_parent_indices(lists).to_numpy())
    coded = pd.Categorical.from_codes(
        ids.indices.to_numpy(), dtype=_dtype(ids.dictionary), validate=False
    )
    return rows.assign(artwork=coded)


def chosen(frame: pd.DataFrame, which: Any) -> pd.DataFrame:
    """Return the rows for which ``which`` holds; the frame itself where it holds for all, which are
    most of a large ledger and would be copied."""
    flags = np.asarray(which, dtype=bool)
    return frame if flags.all() else frame[flags]


def counted(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the number of its ids in place of ``artworks``: all that ``id_counts``
    asks for, in a tenth of the memory."""
    counts = id_counts(frame)
    narrow = np.int16 if counts.max(initial=0) < np.iinfo(np.int16).max else np.int64
    return frame.assign(**{LISTED: counts.astype(narrow)})


def id_counts(frame: pd.DataFrame) -> Ints:
    """Return how many ids each row lists."""
    column = frame[LISTED]
    if pd.api.types.is_integer_dtype(column.dtype):
        return column.to_numpy(dtype=np.int64)
    if column.dtype != LISTS:
        return np.fromiter(
            (len(ids) if ids is not None else 0 for ids in column),
            dtype=np.int64,
            count=len(column),
        )
    lengths = pc.fill_null(pc.list_value_length(_lists(column)), 0)
    counts: Ints = lengths.to_numpy(zero_copy_only=False).astype(np.int64)
    return counts


def id_fingerprints(frame: pd.DataFrame) -> Ints:
    """Return a number for each row that is the same where a row lists the same ids, in any order,
    in any frame of the run that is coded; different lists share one by chance in 2**64 cases."""
    lists = _lists(frame[LISTED])
    mixed = pc.list_flatten(lists).indices.to_numpy().astype(np.uint64) + np.uint64(1)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        mixed ^= mixed >> np.uint64(shift)
        mixed *= np.uint64(factor)
    sums = np.concatenate(([np.uint64(0)], np.cumsum(mixed, dtype=np.uint64)))
    ends = np.cumsum(id_counts(frame))
    begins = np.concatenate((np.zeros(1, dtype=np.int64), ends[:-1]))[: len(ends)]
    found: Ints = (sums[ends] - sums[begins]).view(np.int64)
    return found


def keys(frame: pd.DataFrame, columns: Sequence[str]) -> Ints:
    """Return a number for each row that is the same wherever these columns are the same, in any
    frame of the run that is coded; it sorts as they do. A missing id counts as an id of its own.

    Raises TypeError for a frame that is not coded, OverflowError beyond 2**63 combinations.
    """
    key = np.zeros(len(frame), dtype=np.int64)
    combinations = 1
    for name in columns:
        column = frame[name]
        if not isinstance(column.dtype, pd.CategoricalDtype):
            raise TypeError(f"{name} is not coded")
        size = len(column.cat.categories) + 1
        combinations *= size
        if combinations >= 2**63:
            raise OverflowError(f"too many combinations of {', '.join(columns)}")
        key *= size
        key += column.cat.codes.to_numpy()
        key += 1
    return key


def coded_together(frames: Sequence[pd.DataFrame], name: str) -> list[pd.DataFrame]:
    """Return the frames with a column of texts as codes that they share."""
    values = pd.concat([frame[name] for frame in frames])
    codes, distinct = pd.factorize(values)
    dtype = pd.CategoricalDtype(pd.Index(distinct))
    ends = np.cumsum([len(frame) for frame in frames])[:-1]
    return [
        frame.assign(**{name: pd.Categorical.from_codes(mine, dtype=dtype, validate=False)})
        for frame, mine in zip(frames, np.split(codes, ends), strict=True)
    ]


class _Dictionary:
    """All ids of one kind, sorted; as Arrow has them and as pandas does."""

    def __init__(self, values: pa.Array) -> None:
        self.values = values.take(pc.array_sort_indices(values))
        self.dtype = _dtype(self.values)

    def codes(self, column: pa.ChunkedArray) -> pd.Categorical:
        """Return a dictionary-encoded column in these codes."""
        pieces = [np.empty(0, dtype=np.int32)]
        for chunk in column.chunks:
            mapping = pc.index_in(chunk.dictionary, value_set=self.values)
            codes = pc.fill_null(mapping.take(chunk.indices), -1)
            pieces.append(codes.to_numpy(zero_copy_only=False).astype(np.int32, copy=False))
        return pd.Categorical.from_codes(np.concatenate(pieces), dtype=self.dtype, validate=False)

    def lists(self, column: pa.ChunkedArray) -> pa.ListArray:
        """Return a column of lists of ids in these codes."""
        lists = column.combine_chunks()
        counts = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
        offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        codes = pc.index_in(pc.list_flatten(lists), value_set=self.values)
        return pa.ListArray.from_arrays(
            pa.array(offsets),
            pa.DictionaryArray.from_arrays(codes, self.values),
            mask=lists.is_null(),
        )


def _dtype(values: pa.Array) -> pd.CategoricalDtype:
    return pd.CategoricalDtype(pd.Index(values.to_pandas()))


def _dictionary(tables: Iterable[pa.Table], name: str) -> _Dictionary:
    parts = [pa.array([], pa.string())]
    for table in tables:
        if name in table.schema.names:
            parts += [chunk.dictionary for chunk in table.column(name).chunks]
        if name == "artwork" and LISTED in table.schema.names:
            parts += [pc.unique(pc.list_flatten(c)) for c in table.column(LISTED).chunks]
    return _Dictionary(pc.drop_null(pc.unique(pa.concat_arrays(parts))))


def _frame(table: pa.Table, kinds: Mapping[str, _Dictionary]) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for field in table.schema:
        column = table.column(field.name)
        if field.name in CODED:
            columns[field.name] = kinds[field.name].codes(column)
        elif field.name in WORDS:
            columns[field.name] = _words(column)
        elif pa.types.is_list(field.type):
            columns[field.name] = pd.array(kinds["artwork"].lists(column), dtype=LISTS)
        else:
            columns[field.name] = column.to_pandas(types_mapper=NULLABLE.get).array
    return pd.DataFrame(columns, copy=False)


def _words(column: pa.ChunkedArray) -> pd.Categorical:
    found = column.unify_dictionaries().combine_chunks()
    codes = pc.fill_null(found.indices, -1).to_numpy(zero_copy_only=False)
    categories = pd.Index(found.dictionary.to_pandas())
    return pd.Categorical.from_codes(codes, categories=categories, validate=False)


def _lists(column: pd.Series) -> pa.ListArray:
    return pa.chunked_array(column.array.__arrow_array__()).combine_chunks()
