"""Numbers in few bytes are the same numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from reports.evidence.parts.narrow import SMALL, joined, narrowed


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, 2, 3], "int16"),
        ([1, None, -3], "Int16"),
        ([1, SMALL - 1], "int16"),
        ([1, SMALL], "int64"),
        ([-SMALL, 0], "int64"),
        ([None, 2**60], "Int64"),
        ([], "int16"),
    ],
)
def test_whole_numbers_keep_their_values(values: list[int | None], dtype: str) -> None:
    frame = pd.DataFrame({"count": pd.array(values, dtype="Int64")})
    found = narrowed(frame)
    assert str(found["count"].dtype) == dtype
    assert found["count"].astype("Int64").equals(frame["count"])


def test_times_keep_their_width_however_small_they_are() -> None:
    found = narrowed(pd.DataFrame({"sent_ns": pd.array([], dtype="Int64")}))
    assert str(found["sent_ns"].dtype) == "int64"
    assert (found["sent_ns"] - 5_000_000_000_000).empty


def test_other_columns_are_copied_as_they_are() -> None:
    whole = pd.DataFrame(
        {
            "user": pd.Categorical(["a", "b", "a"]),
            "ms": [0.5, 1.0, np.nan],
            "word": ["x", None, "z"],
        }
    )
    found = narrowed(whole.iloc[1:])
    assert found.equals(whole.iloc[1:].reset_index(drop=True))
    assert list(found.index) == [0, 1]


def test_a_sum_of_many_small_numbers_does_not_overflow() -> None:
    found = narrowed(pd.DataFrame({"count": pd.array([SMALL - 1] * 1000, dtype="Int32")}))
    assert found["count"].sum() == 1000 * (SMALL - 1)


@pytest.mark.parametrize(
    "pieces",
    [
        [[1, 2], [], [3]],
        [[1, 2], [2**60]],
        [[1, None], [3]],
        [[None], [2**60]],
        [[], []],
    ],
)
def test_pieces_are_joined_in_their_order_and_given_up(pieces: list[list[int | None]]) -> None:
    columns = [
        narrowed(pd.DataFrame({"count": pd.array(one, dtype="Int64")}))["count"] for one in pieces
    ]
    found = joined(columns)
    whole = [one for piece in pieces for one in piece]
    assert found.astype("Int64").equals(pd.Series(whole, dtype="Int64"))
    assert list(found.index) == list(range(len(found)))


def test_words_are_joined_too() -> None:
    kind = pd.CategoricalDtype(["a", "b"])
    found = joined([pd.Series(["a"], dtype=kind), pd.Series(["b", "a"], dtype=kind)])
    assert (found.tolist(), found.dtype) == (["a", "b", "a"], kind)
