"""Requests and replies as HTTP/1.1 has them."""

from __future__ import annotations

import pytest

from harness.core.errors import UsageError
from harness.core.outcome import Outcome
from harness.target.dialect import NO_REPLY, HttpRequest, MetricNames, Reply, Session


def test_a_request_is_written_whole() -> None:
    request = HttpRequest(method="PUT", path="/a?b=c", headers={"X-A": "é"}, body=b"body")
    assert request.wire("here:80", "Cookie: a=1\r\n") == (
        b"PUT /a?b=c HTTP/1.1\r\nHost: here:80\r\nX-A: \xe9\r\nContent-Length: 4\r\n"
        b"Cookie: a=1\r\n\r\nbody"
    )


@pytest.mark.parametrize(("name", "value"), [("X-A", "b\r\nX-C: d"), ("X-A\n", "b")])
def test_a_header_field_cannot_smuggle_another(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="contains a line break"):
        HttpRequest(method="GET", path="/", headers={name: value}).wire("here")
    with pytest.raises(ValueError, match="contains a line break"):
        _ = Session(headers={name: value}).lines


def test_header_fields_are_found_whatever_their_case() -> None:
    reply = Reply(200, head=b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a:2 \r\nX-AB: 3\r\nbroken")
    assert reply.headers("X-a") == ["1", "2"]
    assert reply.header("X-A") == "1"
    assert reply.header("Date") is None


def test_a_reply_that_did_not_come_has_no_fields() -> None:
    assert Reply(0, error="timed out").header("Date") is None


@pytest.mark.parametrize(
    ("status", "location", "there"),
    [
        (307, "https://ann:word@elsewhere:1/x?token=t", "https://elsewhere:1"),
        (302, "/login", "http://here:80"),
        (301, "//elsewhere/x", "http://elsewhere"),
        (200, "http://elsewhere/", ""),
        (304, None, ""),
    ],
)
def test_a_redirect_leads_to_a_host_without_login_or_path(
    status: int, location: str | None, there: str
) -> None:
    field = "" if location is None else f"\r\nLocation: {location}"
    reply = Reply(status, head=f"HTTP/1.1 {status} X{field}".encode())
    assert reply.leads_to("http://here:80/views") == there


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(500), "answered 500"),
        (Reply(0, error="Cannot connect"), "had no answer: Cannot connect"),
        (
            Reply(307, head=b"HTTP/1.1 307 X\r\nLocation: http://elsewhere/x"),
            "answered 307 with a redirect to http://elsewhere, which is not followed",
        ),
    ],
)
def test_a_reply_in_words(reply: Reply, words: str) -> None:
    assert reply.in_words("http://here/views") == words


def test_silence_leaves_the_outcome_open_and_may_be_resent() -> None:
    assert (NO_REPLY.outcome, NO_REPLY.may_resend) == (Outcome.UNKNOWN, True)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"gauges": {"shop_open": "in_fligth"}}, "in_fligth"),
        ({"counters": {("shop_rows", "", ""): "write"}}, "write"),
        ({"histograms": {"shop_write": "write_p95_ms"}}, "write_p95_ms"),
    ],
)
def test_a_metric_that_leads_to_no_figure_is_refused_where_it_is_declared(
    names: dict[str, dict[object, str]], message: str
) -> None:
    """In the middle of a run it would silence the witness."""
    with pytest.raises(UsageError, match=f"figures that do not exist: {message}"):
        MetricNames(path="/metrics", **names)  # type: ignore[arg-type]
