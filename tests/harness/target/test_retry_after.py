"""How long a server asks to wait."""

from __future__ import annotations

import datetime as dt

from harness.target.retry_after import seconds_of


def test_retry_after_is_seconds_or_a_date() -> None:
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert seconds_of("12", now) == 12
    assert seconds_of("Thu, 01 Jan 2026 00:00:30 GMT", now) == 30
    assert seconds_of("Wed, 31 Dec 2025 00:00:30 GMT", now) == 0
    assert [seconds_of(text, now) for text in (None, "", "soon", "-3", "1e9")] == [None] * 5
