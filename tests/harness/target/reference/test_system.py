"""The reference system offers everything, as far as somebody else does not start its parts."""

from __future__ import annotations

from harness.target.capabilities import EVERYTHING, OF_A_STARTED_DATABASE, OF_A_STARTED_SERVER
from harness.target.reference.system import SYSTEM


def test_it_offers_everything_once_its_parts_are_started() -> None:
    assert not SYSTEM.capabilities & (OF_A_STARTED_SERVER | OF_A_STARTED_DATABASE)
    assert SYSTEM.capabilities | OF_A_STARTED_SERVER | OF_A_STARTED_DATABASE == EVERYTHING
