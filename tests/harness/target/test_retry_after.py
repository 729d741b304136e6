"""How long a server asks to wait."""

from __future__ import annotations

import datetime as dt

from harness.target.retry_after import seconds_of


def test_retry_after_is_seconds_or_a_date() -> None:
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert seconds_of("12", now=now) == 12
    assert seconds_of("Thu, 01 Jan 2026 00:00:30 GMT", now=now) == 30
    assert seconds_of("Wed, 31 Dec 2025 00:00:30 GMT", now=now) == 0
    assert [seconds_of(text, now=now) for text in (None, "", "soon", "-3", "1e9")] == [None] * 5


def test_a_date_counts_from_the_answers_own_so_that_no_two_clocks_must_agree() -> None:
    """The server's clock is an hour ahead of this one."""
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    asked, answered = "Thu, 01 Jan 2026 01:00:03 GMT", "Thu, 01 Jan 2026 01:00:00 GMT"
    assert seconds_of(asked, answered, now=now) == 3
    assert seconds_of(asked, "soon", now=now) == 3603
    assert seconds_of("7", answered, now=now) == 7
