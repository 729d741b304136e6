"""The places that defects of the server override are there."""

from __future__ import annotations

import pytest

from defects.base import Switch, installed
from defects.overrides import signatures

PLACES = {name: value for name, value in vars(signatures).items() if name.isupper()}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_place_is_there(place: str) -> None:
    with installed({place: lambda switch, original: None}, Switch(twin=True)):
        pass


def test_a_server_that_calls_all_new_counts_every_id() -> None:
    share = signatures.Share("ann", ["a", "b"], 0.0)
    assert signatures.all_new([share]) == [signatures.Written(inserted=2, duplicate=0)]
