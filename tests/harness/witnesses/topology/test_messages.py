"""Copies in the broker's trace become rows; a broker without a trace is an error in time."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import HarnessError
from harness.ledger.files import Ledger
from harness.ledger.kinds import TOPOLOGY
from harness.ledger.kinds.monitoring.topology import (
    DeadLetter,
    MessageDelivered,
    MessagePublished,
)
from harness.witnesses.topology import messages
from harness.witnesses.topology.messages import MessageTrace, dead_letter, heard

PROPERTIES = {"message_id": "l-1", "headers": {"batch": "b", "attempt": 2}}


def test_a_copy_of_what_was_published() -> None:
    assert heard("publish.impressions", {"properties": PROPERTIES}) == MessagePublished(
        part="broker", message="l-1", batch="b", attempt=2
    )


@pytest.mark.parametrize(("flag", "again"), [(0, 0), (False, 0), (1, 1), (True, 1)])
def test_a_copy_of_what_was_delivered(flag: object, again: int) -> None:
    headers = {"properties": PROPERTIES, "redelivered": flag}
    assert heard("deliver.impressions", headers) == MessageDelivered(
        part="broker", message="l-1", batch="b", attempt=2, redelivered=again
    )


def test_what_names_no_batch_is_heard_all_the_same() -> None:
    found = heard("publish.impressions", {"properties": {"message_id": "poison-1"}})
    assert found == MessagePublished(part="broker", message="poison-1")
    empty = {"properties": {"message_id": "x", "headers": {"batch": "", "attempt": 0}}}
    assert heard("publish.impressions", empty) == MessagePublished(part="broker", message="x")


def test_other_copies_are_none_of_ours() -> None:
    assert heard("publish.other", {"properties": PROPERTIES}) is None
    assert heard("publish.impressions", {}) is None


def test_a_dead_letter_has_the_broker_s_reason() -> None:
    death = {"reason": "delivery_limit", "queue": "impressions", "count": 1}
    assert dead_letter("l-1", {"x-death": [death], "batch": "b", "attempt": 2}) == DeadLetter(
        part="broker",
        message="l-1",
        batch="b",
        attempt=2,
        reason="delivery_limit",
        queue="impressions",
    )
    assert dead_letter("x", {}).reason == "unknown"


def test_a_broker_that_does_not_answer_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "BEGUN_S", 0.3)
    with Ledger(tmp_path) as ledger:
        trace = MessageTrace("amqp://127.0.0.1:1/", ledger.witness(TOPOLOGY))
        with pytest.raises(HarnessError, match="trace cannot be read"):
            trace.start()
        assert trace.failure() == ""
        trace.stop()
    assert trace.failure() == ""
