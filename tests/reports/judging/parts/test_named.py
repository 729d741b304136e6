"""What a text may name: never less than it names, and for most texts little more."""

from __future__ import annotations

import pandas as pd
import pytest

from reports.judging.parts.named import Named, words_of


def named(*texts: str) -> Named:
    return Named([*texts, *map(words_of, texts)])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ann/a", "ann"),
        ("ann/a", "a"),
        ("a/b/c", "b/c"),
        ("artwork as ann", "ann"),
        ("batch b7 attempt 1", "b7"),
        ("anything", ""),
    ],
)
def test_what_stands_in_a_text_may_be_meant(text: str, name: str) -> None:
    assert named(text).has(name)


def test_what_stands_in_no_text_is_not_meant() -> None:
    assert not named("ann/a", "bob/b").has("ann/b")


def test_artworks_are_found_among_codes_and_among_texts() -> None:
    texts = pd.Series(["a", "b", None, "a"], dtype="object")
    for column in (texts, texts.astype("category")):
        assert named("ann/a").artworks_of(column).tolist() == [True, False, False, True]


def test_a_batch_is_one_or_more_whole_words() -> None:
    batches = pd.Series(["b7", "b", "two words", "words (now", None, ""])
    found = named("batch b7, two words (now)").batches_of(batches)
    assert found.tolist() == [True, False, True, False, False, True]
    assert named("batch two  words").batches_of(pd.Series(["two  words"])).all()


def test_a_long_text_costs_no_square_of_its_words() -> None:
    long = named(" ".join(f"w{number}" for number in range(4_000)))
    assert len(long.spans) <= 4_002
    assert long.batches_of(pd.Series(["w3999", "w4000"])).tolist() == [True, False]
