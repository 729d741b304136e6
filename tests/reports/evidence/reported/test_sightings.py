"""What receipts and gateways saw of a request."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.client import Adopted
from reports.evidence.frame import read_ledger
from reports.evidence.reported.sightings import sightings
from tests.reports.evidence.reported.whole_story import whole_story


def test_the_server_and_a_gateway_are_distinguished(tmp_path: Path) -> None:
    seen = sightings(read_ledger(whole_story().write(tmp_path)))
    [server, gateway] = seen.of("t-1", 2)
    assert (server.passed, server.ids, server.user, server.status) == (
        False,
        frozenset("ab"),
        "ann",
        200,
    )
    assert (gateway.passed, gateway.ids, gateway.status, gateway.inserted) == (
        True,
        frozenset("ab"),
        200,
        2,
    )
    assert [one.status for one in seen.of("t-1", 1)] == [503]
    assert seen.of("t-1", 9) == ()


def test_an_heir_is_a_sender_too(tmp_path: Path) -> None:
    ledger = whole_story().reported(Adopted, 2.5, tab="heir", artworks=("a",))
    seen = sightings(read_ledger(ledger.write(tmp_path)))
    assert (seen.senders("t-1"), seen.senders("t-2"), seen.senders("no")) == (2, 1, 0)
