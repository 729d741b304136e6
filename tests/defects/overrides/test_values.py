"""Values that are stored as something else: only where they differ is a switch reached."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from defects.base import Replacement, Switch
from defects.overrides.signatures import WRITE
from defects.overrides.values import ids_changed, times_changed, users_changed
from servers.ingest.storage.store import Share, Store, Written

SHARE = Share("Ann", ["A", "b"], 61.5)


async def note(store: Store, shares: Sequence[Share]) -> list[Written]:
    stored.extend(shares)
    return []


stored: list[Share] = []


def written(overrides: Mapping[str, Replacement], switch: Switch) -> Share:
    """Return the one share as it is stored."""
    stored.clear()
    asyncio.run(overrides[WRITE](switch, note, None, [SHARE]))
    [share] = stored
    return share


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (ids_changed(str.lower), SHARE._replace(artworks=["a", "b"])),
        (users_changed(str.upper), SHARE._replace(user="ANN")),
        (times_changed(lambda at_s: at_s // 60 * 60), SHARE._replace(seen_at_s=60.0)),
    ],
)
def test_what_is_stored_differs_in_the_defect_alone(
    overrides: Mapping[str, Replacement], expected: Share
) -> None:
    switch, twin = Switch(twin=False), Switch(twin=True)
    assert written(overrides, switch) == expected
    assert written(overrides, twin) == SHARE
    assert (switch.hits, twin.hits) == (1, 1)


def test_a_value_that_stays_reaches_no_switch() -> None:
    switch = Switch(twin=False)
    assert written(ids_changed(lambda artwork: artwork), switch) == SHARE
    assert switch.hits == 0
