"""Sessions are made in bounded numbers: of one user, and in all, by the minute."""

from __future__ import annotations

import pytest

from servers.ingest.admission.sessions import SessionLimits
from servers.ingest.config import Limits
from servers.ingest.refusal import Refusal
from tests.servers.ingest.site import make_config, running, visitor
from tests.servers.ingest.stores import MemoryStore


class Clock:
    """A clock that stands still until it is moved."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def refusal_of(limits: SessionLimits, user: str) -> str:
    """Return the code of the refusal, empty where the session may be made."""
    found: Refusal | None = None
    try:
        limits.admit(user)
    except Refusal as refusal:
        found = refusal
    if found is None:
        return ""
    assert found.status == 429
    assert 1 <= (found.retry_after_s or 0) <= 60
    return found.code


def test_a_user_and_all_together_have_a_bound_a_minute() -> None:
    clock = Clock()
    limits = SessionLimits(Limits(sessions=5, sessions_of_user=2), clock)
    assert [refusal_of(limits, "ann") for _ in range(3)] == ["", "", "too_many_sessions_of_user"]
    assert [refusal_of(limits, user) for user in "bcd"] == ["", "", ""]
    assert refusal_of(limits, "e") == "too_many_sessions"
    clock.now_s += 59.9
    assert refusal_of(limits, "e") == "too_many_sessions"
    clock.now_s += 0.1
    assert [refusal_of(limits, user) for user in ("ann", "e")] == ["", ""]


def test_what_is_counted_is_bounded_too() -> None:
    limits = SessionLimits(Limits(sessions=5, sessions_of_user=2), Clock())
    for number in range(1000):
        refusal_of(limits, f"user {number}")
    assert len(limits._by_user) == 5


@pytest.mark.asyncio
async def test_one_too_many_is_a_429_and_both_are_counted() -> None:
    config = make_config("", limits=Limits(sessions_of_user=2))
    async with running(config, store_type=MemoryStore) as site, visitor(site.url, None) as ann:
        answers = [await ann.post({"userId": "ann"}, path="/api/session") for _ in range(3)]
        metrics = (await ann.get("/metrics")).body.decode()
    assert [answer.status for answer in answers] == [204, 204, 429]
    assert answers[2].body["error"] == "too_many_sessions_of_user"
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert 'ingest_sessions_total{result="made"} 2.0' in metrics
    assert 'ingest_sessions_total{result="too_many_sessions_of_user"} 1.0' in metrics
