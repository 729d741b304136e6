"""Copying falls behind by a row that is written, or by none where none comes."""

from __future__ import annotations

import time
from typing import Any

import pytest

from defects.overrides import topology


class Session:
    """A shard on which one more row is found at every look, if any come."""

    number = 0

    def __init__(self, *, grows: bool) -> None:
        self.received: list[str] = []
        self._grows = grows

    def ask(self, query: str, *parameters: object) -> list[tuple[int]]:
        self.received.append(query)
        return [(len(self.received) if self._grows else 1,)]


@pytest.mark.parametrize("grows", [True, False])
def test_the_subscription_stands_still_meanwhile(
    *, grows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topology, "MORE_S", 0.05)
    source: Any = Session(grows=grows)
    target: Any = Session(grows=grows)
    topology.fall_behind(source, target, 4)
    assert target.received == ["ALTER SUBSCRIPTION bucket_move_0_0 DISABLE"]
    assert len(source.received) >= 2


def test_time_passes() -> None:
    began_s = time.monotonic()
    topology.wait_s(0.05)
    assert time.monotonic() - began_s >= 0.05
