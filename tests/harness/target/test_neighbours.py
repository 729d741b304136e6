"""Neighbours are different, legal for the reference system, and all met within a few seeds."""

from __future__ import annotations

import itertools
import struct
import unicodedata
import uuid

import pytest

from harness.target.neighbours import (
    EVERY,
    LONGEST_BYTES,
    Likeness,
    every_pair,
    first_turn,
    likenesses_of,
    one_pair_each,
    pair,
    pair_of,
    pairs_among,
    pairs_of,
    with_neighbours,
)
from harness.target.reference.dialect import ReferenceDialect
from servers.ingest.batch import Batch, check_batch
from servers.ingest.config import Limits
from tests.harness.target.foreign import LinesDialect

ALL = likenesses_of(ReferenceDialect())
NUMBERS = range(32)
"""More than any kind has pairs."""


def stems(count: int) -> list[str]:
    return [f"artwork-{number:04d}" for number in range(count)]


@pytest.mark.parametrize("likeness", Likeness)
def test_a_pair_is_two_ids_that_the_reference_system_takes(likeness: Likeness) -> None:
    ids = [one for number in NUMBERS for one in pair(likeness, f"artwork-{number:04d}", number)]
    assert len(set(ids)) == len(ids)
    check_batch(Batch(artwork_ids=ids), Limits())
    for one in ids:  # the recorder's rule, servers/client/recorder.js
        assert {unicodedata.category(letter) for letter in one}.isdisjoint({"Cc", "Cs"})
        assert 1 <= len(one.encode()) <= LONGEST_BYTES


def turkish(text: str) -> str:
    return text.replace("\u0130", "i").replace("I", "\u0131")


FOLDS = {
    Likeness.CASE: lambda text: unicodedata.normalize("NFC", turkish(text).casefold()),
    Likeness.NORMAL_FORM: lambda text: unicodedata.normalize("NFKC", text),
    Likeness.AFTER_64: lambda text: text[:64],
    Likeness.AFTER_255: lambda text: text[:255],
    Likeness.AFTER_500: lambda text: text[:500],
    Likeness.LONGEST: lambda text: text.encode()[:511],
    Likeness.SPACE: lambda text: "".join(text.split()),
    Likeness.FIRST: lambda text: text[-511:],
    Likeness.MIDDLE: lambda text: text[:256] + text[-255:],
    Likeness.DIGIT: lambda text: "".join(str(unicodedata.digit(letter, letter)) for letter in text),
    Likeness.UUID: lambda text: uuid.UUID(text),
}


@pytest.mark.parametrize("likeness", FOLDS)
def test_what_folds_takes_them_for_one(likeness: Likeness) -> None:
    for number in NUMBERS:
        one, other = pair(likeness, "artwork-0001", number)
        assert FOLDS[likeness](one) == FOLDS[likeness](other)


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_are_one_after_some_conversion(number: int) -> None:
    one, other = pair(Likeness.NUMBER, "", number)
    conversions = (
        float,
        lambda text: float(int(text, 0)),
        lambda text: int(text) % 2**32,
        lambda text: struct.unpack("f", struct.pack("f", int(text))),
        lambda text: int(text.translate(str.maketrans("\u2212", "-", ",n"))),
    )

    def is_one(convert: object) -> bool:
        try:
            return bool(convert(one) == convert(other))  # type: ignore[operator]
        except (ValueError, OverflowError):
            return False

    assert any(map(is_one, conversions))


def test_successive_turns_go_through_all_kinds_and_all_their_pairs() -> None:
    assert len({pair_of(ALL, "x", turn) for turn in range(len(ALL))}) == len(ALL)
    later = {pair_of(ALL, "x", turn) for turn in range(max(map(pairs_of, ALL)) * len(ALL))}
    assert ("xfi", "x\ufb01") in later
    assert ("x/x", "x\\x") in later


def test_ids_are_replaced_in_pairs_side_by_side() -> None:
    found = with_neighbours(stems(11), ALL, 0)
    assert len(set(found)) == 11
    for number in range(pairs_among(11)):
        place = EVERY * number
        assert tuple(found[place : place + 2]) == pair_of(ALL, stems(11)[place], number)
    assert [found[n] for n in (2, 5, 8)] == [stems(11)[n] for n in (2, 5, 8)]
    assert with_neighbours(stems(8), ALL, 0) == found[:8]


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6, 40])
def test_no_pair_is_cut_in_half(count: int) -> None:
    every_pair = {pair_of(ALL, stem, turn) for stem in stems(count) for turn in range(len(ALL))}
    found = with_neighbours(stems(count), ALL, 0)
    whole = [two for two in itertools.pairwise(found) if two in every_pair]
    assert len(whole) == pairs_among(count) >= 1


def test_one_id_has_no_neighbour() -> None:
    assert with_neighbours(["a"], ALL, 0) == ["a"]
    assert with_neighbours([], ALL, 0) == []


def test_every_pair_of_every_kind_is_listed_once() -> None:
    found = every_pair(ALL, "like-")
    ids = [one for two in found for one in two]
    assert len(set(ids)) == len(ids)
    check_batch(Batch(artwork_ids=ids), Limits())
    assert len(found) == sum(map(pairs_of, ALL)) > 150
    assert ("like-006k", "like-006\u212a") in found


def test_one_pair_of_each_kind_is_two_ids_of_each() -> None:
    found = one_pair_each(ALL, "own-")
    assert len(set(found)) == 2 * len(Likeness)
    assert {"own-CASE-a", "own-CASE-A"} <= set(found)


@pytest.mark.parametrize("likeness", Likeness)
def test_a_kind_has_as_many_pairs_as_it_says(likeness: Likeness) -> None:
    """The one after the last is the first again, or the same made of another number."""
    count = pairs_of(likeness)
    shapes = {tuple(map(len, pair(likeness, "stem", number))) for number in range(count)}
    assert {tuple(map(len, pair(likeness, "stem", number))) for number in range(99)} == shapes


@pytest.mark.parametrize(("count", "seeds"), [(4, 23), (8, 8), (12, 8), (68, 1)])
def test_every_kind_is_met_within_a_few_seeds(count: int, seeds: int) -> None:
    kinds = set()
    for seed in range(7, 7 + seeds):
        turn = first_turn(ALL, seed, 321)
        kinds |= {ALL[(turn + n) % len(ALL)] for n in range(pairs_among(count))}
    assert kinds == set(Likeness)


@pytest.mark.parametrize("kinds", range(1, len(Likeness) + 1))
def test_every_kind_is_met_where_a_dialect_takes_fewer(kinds: int) -> None:
    some = ALL[:kinds]
    assert {first_turn(some, seed, 5) % kinds for seed in range(kinds)} == set(range(kinds))


def test_a_dialect_says_which_kinds_its_system_takes() -> None:
    assert tuple(Likeness) == ALL
    assert likenesses_of(LinesDialect()) == ()
    assert with_neighbours(["1", "2"], (), 4) == ["1", "2"]
    assert pair_of((), "visitor-1", 4) == ("visitor-1-1", "visitor-1-2")
