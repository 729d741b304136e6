"""Which requests are tried again, and when."""

from __future__ import annotations

import datetime as dt

import pytest

from harness.core.outcome import Outcome
from harness.load.generator.retry import (
    ATTEMPTS_MAX,
    PATIENCE_S,
    RETRY_BASE_S,
    delay_s,
    outcome_of,
    seconds_of,
)


def latest() -> float:
    return 1.0


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, Outcome.ACKNOWLEDGED) for status in (200, 204)),
        *((status, Outcome.REFUSED) for status in (400, 404, 413, 422)),
        *((status, Outcome.UNKNOWN) for status in (0, 302, 401, 408, 409, 425, 429, 500, 503)),
    ],
)
def test_what_a_status_says(status: int, outcome: Outcome) -> None:
    assert outcome_of(status) is outcome


@pytest.mark.parametrize("status", [0, 408, 425, 429, 500, 503])
def test_no_answer_and_not_now_are_tried_again(status: int) -> None:
    assert delay_s(status, 1, None, latest) == RETRY_BASE_S


@pytest.mark.parametrize("status", [200, 400, 401, 409, 422])
def test_answers_that_are_final_are_not(status: int) -> None:
    assert delay_s(status, 1, "1", latest) is None


def test_the_delay_doubles_is_spread_over_its_whole_length_and_ends() -> None:
    assert [delay_s(503, n, None, latest) for n in (1, 2)] == [5.0, 10.0]
    assert delay_s(503, 2, None, lambda: 0.25) == 2.5
    assert delay_s(503, ATTEMPTS_MAX, None, latest) is None


def test_the_server_is_obeyed_and_not_by_all_at_the_same_moment() -> None:
    assert [delay_s(503, 2, "7", draw) for draw in (lambda: 0.0, latest)] == [7.0, 8.0]
    assert delay_s(429, 1, "0", lambda: 0.0) == 0.0


def test_a_workload_that_ends_does_not_wait_for_an_hour() -> None:
    assert delay_s(503, 1, f"{PATIENCE_S:.0f}", latest) is not None
    assert delay_s(503, 1, "3600", latest) is None


def test_retry_after_is_seconds_or_a_date() -> None:
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert seconds_of("12", now) == 12
    assert seconds_of("Thu, 01 Jan 2026 00:00:30 GMT", now) == 30
    assert seconds_of("Wed, 31 Dec 2025 00:00:30 GMT", now) == 0
    assert [seconds_of(text, now) for text in (None, "", "soon", "-3", "1e9")] == [None] * 5
