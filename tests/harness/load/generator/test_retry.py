"""Which requests are tried again, and when."""

from __future__ import annotations

import pytest

from harness.load.generator.retry import PATIENCE_S, RETRY_CAP_S, delay_s
from harness.load.schedule.workload import RETRY_BASE_S, RetryPolicy
from harness.target.dialect import NO_REPLY, Meaning, Reply
from harness.target.reference.dialect import ReferenceDialect


def latest() -> float:
    return 1.0


def meaning_of(status: int, retry_after: str | None = None) -> Meaning:
    field = f"\r\nRetry-After: {retry_after}" if retry_after else ""
    reply = Reply(status, head=f"HTTP/1.1 {status} X{field}".encode())
    return ReferenceDialect().understand(reply)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_not_now_is_tried_again(status: int) -> None:
    assert delay_s(meaning_of(status), 1, latest) == RETRY_BASE_S


def test_no_answer_is_tried_again() -> None:
    assert delay_s(NO_REPLY, 1, latest) == RETRY_BASE_S


@pytest.mark.parametrize("status", [200, 400, 401, 409, 422])
def test_answers_that_are_final_are_not(status: int) -> None:
    assert delay_s(meaning_of(status, "1"), 1, latest) is None


def test_the_delay_doubles_up_to_a_cap_and_is_spread_over_its_whole_length() -> None:
    assert [delay_s(meaning_of(503), n, latest) for n in (1, 2)] == [5.0, 10.0]
    assert delay_s(meaning_of(503), 2, lambda: 0.25) == 2.5
    assert delay_s(meaning_of(503), 20, latest) == RETRY_CAP_S


def test_the_server_is_obeyed_and_not_by_all_at_the_same_moment() -> None:
    asked = meaning_of(503, "7")
    assert [delay_s(asked, 2, draw) for draw in (lambda: 0.0, latest)] == [7.0, 8.0]
    assert delay_s(meaning_of(429, "0"), 1, lambda: 0.0) == 0.0


def test_a_workload_that_ends_does_not_wait_for_an_hour() -> None:
    assert delay_s(meaning_of(503, f"{PATIENCE_S:.0f}"), 1, latest) is not None
    assert delay_s(meaning_of(503, "3600"), 1, latest) is None


@pytest.mark.parametrize(
    ("policy", "delays"),
    [
        ("exponential-jitter", [1.0, 2.0, 4.0, 8.0]),
        ("exponential", [2.0, 4.0, 8.0, 16.0]),
        ("linear-jitter", [1.0, 2.0, 3.0, 4.0]),
        ("linear", [2.0, 4.0, 6.0, 8.0]),
    ],
)
def test_policies_differ_in_growth_and_in_what_chance_decides(
    policy: RetryPolicy, delays: list[float]
) -> None:
    found = [
        delay_s(meaning_of(503), n, lambda: 0.5, policy=policy, base_s=2.0) for n in (1, 2, 3, 4)
    ]
    assert found == delays


def test_what_the_server_asks_for_goes_before_every_policy() -> None:
    assert delay_s(meaning_of(503, "7"), 2, lambda: 0.0, policy="linear", base_s=2.0) == 7.0
