"""Texts are numbered as they come and ranked when all are known; a text has one part for ever."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from reports.evidence.parts.codes import GrowingDictionary, buckets_of


def test_the_same_text_has_the_same_number_in_every_piece() -> None:
    dictionary = GrowingDictionary()
    assert dictionary.numbers(pa.array(["m", "z", "m"])).tolist() == [0, 1, 0]
    chunked = pa.chunked_array([["a", None], ["z", "b"]])
    assert dictionary.numbers(chunked).tolist() == [2, -1, 1, 3]
    assert dictionary.numbers(pa.array([], pa.string())).tolist() == []
    assert dictionary.numbers(pa.chunked_array([], pa.string())).tolist() == []
    assert len(dictionary) == 4
    assert list(dictionary.texts()) == ["m", "z", "a", "b"]


def test_ranks_sort_as_texts_do() -> None:
    dictionary = GrowingDictionary()
    numbers = dictionary.numbers(pa.array(["m", "z", None, "a"]))
    dictionary.close()
    assert dictionary.ranked(numbers).tolist() == [1, 2, -1, 0]
    assert dictionary.dtype.categories.tolist() == ["a", "m", "z"]
    assert dictionary.values.to_pylist() == ["a", "m", "z"]


def test_an_empty_dictionary_closes_too() -> None:
    dictionary = GrowingDictionary()
    dictionary.close()
    assert dictionary.ranked(np.array([-1, -1])).tolist() == [-1, -1]
    assert dictionary.dtype.categories.tolist() == []


def test_before_it_is_closed_nothing_has_a_rank() -> None:
    dictionary = GrowingDictionary()
    with pytest.raises(AssertionError, match="closed"):
        dictionary.ranked(np.array([0]))
    with pytest.raises(AssertionError, match="closed"):
        _ = dictionary.dtype


def test_a_text_is_in_the_same_part_whatever_else_there_is() -> None:
    texts = [f"user-{n}" for n in range(1000)]
    parts = buckets_of(texts, 7)
    assert set(parts.tolist()) == set(range(7))
    assert buckets_of(texts[::-1], 7).tolist() == parts.tolist()[::-1]
    assert np.bincount(parts).min() > 100
    assert buckets_of(["\ud800"], 3)[0] in range(3)
    assert buckets_of([], 3).tolist() == []
