"""What the harness knows of a client's HTTP, and what only the client can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.core.errors import HarnessError
from harness.core.outcome import Outcome
from harness.target.client.dialect import ClientDialect
from harness.target.dialect import BatchFields, Dialect, Reply, session_without_sign_in
from harness.target.neighbours import likenesses_of

DIALECT = ClientDialect("/collect/")


def reply(status: int, body: bytes = b"") -> Reply:
    return Reply(status=status, body=body)


def test_a_visitor_is_named_by_a_cookie_that_takes_every_name() -> None:
    session = session_without_sign_in(DIALECT, "ann; bob é")
    assert session.cookies == {"visitor": "ann%3B%20bob%20%C3%A9"}
    assert DIALECT.sign_in("ann") is None  # type: ignore[func-returns-value]


def test_requests_below_the_endpoint_are_the_client_s() -> None:
    assert DIALECT.is_batch_path("/collect/2/httpapi")
    assert not DIALECT.is_batch_path("/client/page.mjs")
    assert DIALECT.batch_fields(b"{}") == BatchFields()
    assert likenesses_of(DIALECT) == ()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, Outcome.ACKNOWLEDGED), (400, Outcome.REFUSED), (503, Outcome.UNKNOWN)],
)
def test_a_status_means_what_it_means_to_most(status: int, outcome: Outcome) -> None:
    assert DIALECT.understand(reply(status)).outcome is outcome


def test_the_probe_says_how_much_is_in_flight() -> None:
    assert DIALECT.in_flight(reply(200, b'{"in_flight": 3}')) == 3
    with pytest.raises(ValueError, match="does not tell in_flight"):
        DIALECT.in_flight(reply(200, b"[]"))


@pytest.mark.parametrize(
    "impossible",
    [
        lambda dialect: dialect.batch_request(["a"], "t"),
        lambda dialect: dialect.batch_encoder("localhost"),
        lambda dialect: dialect.session_of(reply(200)),
    ],
)
def test_what_only_the_client_can_do_is_refused(impossible: Callable[[Dialect], Any]) -> None:
    with pytest.raises(HarnessError, match="the target is a client in a page"):
        impossible(DIALECT)
