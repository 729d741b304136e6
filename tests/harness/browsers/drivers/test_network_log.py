"""A browser's requests become entries of an HTTP Archive, without what could be a secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from harness.browsers.drivers.network_log import MOST_REQUESTS, NetworkLog, entry_of


@dataclass(eq=False)
class FakeRequest:
    url: str = "http://ann:pw@127.0.0.1:8080/display?token=secret#x"
    method: str = "POST"
    resource_type: str = "fetch"
    failure: str | None = None
    timing: dict[str, float] = field(
        default_factory=lambda: {"startTime": 1_500.0, "responseStart": 20.0, "responseEnd": 25.0}
    )


@dataclass
class FakeResponse:
    request: FakeRequest
    status: int


class FakeContext:
    def __init__(self) -> None:
        self.listeners: dict[str, Callable[[Any], None]] = {}

    def on(self, event: str, listener: Callable[[Any], None]) -> None:
        self.listeners[event] = listener


def test_a_request_is_shown_without_what_could_be_a_secret() -> None:
    entry = entry_of(FakeRequest(), 204)  # type: ignore[arg-type]
    assert entry["request"]["url"] == "http://127.0.0.1:8080/display?…"
    assert (entry["request"]["method"], entry["response"]["status"]) == ("POST", 204)
    assert entry["startedDateTime"] == "1970-01-01T00:00:01.500000+00:00"
    assert entry["time"] == 25.0
    assert entry["timings"] == {"send": 0, "wait": 20.0, "receive": 5.0}
    assert (entry["_resourceType"], entry["_failure"]) == ("fetch", "")


def test_one_that_failed_has_no_status_and_says_why() -> None:
    never = {"startTime": -1.0, "responseStart": -1.0, "responseEnd": -1.0}
    entry = entry_of(FakeRequest(failure="net::ERR_FAILED", timing=never), 0)  # type: ignore[arg-type]
    assert (entry["time"], entry["response"]["status"]) == (0.0, 0)
    assert entry["_failure"] == "net::ERR_FAILED"


def test_requests_are_kept_as_they_end_and_not_endlessly() -> None:
    log, context = NetworkLog(), FakeContext()
    log.listen(context)  # type: ignore[arg-type]
    answered, failed = FakeRequest(), FakeRequest(failure="gone")
    context.listeners["response"](FakeResponse(answered, 200))
    context.listeners["requestfailed"](failed)
    context.listeners["requestfinished"](answered)
    assert [entry["response"]["status"] for entry in log.entries()] == [0, 200]
    for _ in range(MOST_REQUESTS):
        context.listeners["requestfinished"](answered)
    assert len(log.entries()) == MOST_REQUESTS
    log.clear()
    assert log.entries() == []
