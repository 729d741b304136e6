"""What is declared survives its broker, has an end, and leads to the dead letters."""

from __future__ import annotations

from typing import Any, cast

import pytest

from servers.queue.layout import DELIVERIES_MAX, declare
from tests.servers.queue.fakes import FakeChannel


@pytest.mark.asyncio
async def test_everything_is_durable_and_bound() -> None:
    channel = FakeChannel()
    exchange = await declare(cast(Any, channel), length_max=7)
    assert exchange.name == "impressions"
    assert all(durable for _, durable, _ in channel.declared)
    arguments = {name: given for name, _, given in channel.declared}
    assert arguments["queue impressions"] == {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERIES_MAX,
        "x-dead-letter-exchange": "impressions.dead",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
        "x-max-length": 7,
    }
    assert arguments["queue impressions.dead"] == {"x-queue-type": "quorum"}
    assert channel.bound == [
        ("impressions.dead->impressions.dead", ""),
        ("impressions->impressions", "impressions"),
    ]
