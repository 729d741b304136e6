"""Attempts are numbered from 1, one by one."""

from __future__ import annotations

import pytest

from reports.evidence.reported.numbered import is_numbered, misnumbered
from reports.evidence.reported.sightings import Sighting, Sightings


@pytest.mark.parametrize(
    ("numbers", "good"), [([1], True), ([1, 2, 3], True), ([2], False), ([1, 3], False)]
)
def test_from_one_on(numbers: list[int], good: bool) -> None:
    assert is_numbered(numbers) is good


def test_a_number_that_no_other_witness_saw_is_the_page_s_alone() -> None:
    unseen = Sightings(by_request={}, pages={})
    [words] = misnumbered("t", {"b": [2], "c": [1]}, unseen)
    assert words == "reported attempts of 1 batches under numbers that no other witness saw"


def test_a_number_that_others_saw_is_the_recorder_s() -> None:
    seen = Sightings(by_request={("b", 2): [Sighting()]}, pages={})
    assert list(misnumbered("t", {"b": [2]}, seen)) == []
