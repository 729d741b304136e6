"""Figures, durations and text as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.core import text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (-0.0, "0"),
        (3.0, "3"),
        (38.2, "38.2"),
        (99.996, "99.996"),
        (99.5, "99.5"),
        (0.0123, "0.0123"),
        (0.00001234, "1.2e-05"),
        (5237, "5,237"),
        (1034.2, "1,034.2"),
        (1000.4, "1,000.4"),
        (412.375, "412.38"),
        (52370.6, "52,371"),
        (-0.5, "-0.5"),
        (math.inf, "∞"),
        (math.nan, "none"),
    ],
)
def test_figures(value: float, shown: str) -> None:
    assert text.figure(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, ""), (0.34, "340 ms"), (9.14, "9.1 s"), (59.96, "1 min 00 s"), (192.3, "3 min 12 s")],
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert text.duration(seconds) == shown


def test_long_durations() -> None:
    assert text.duration(3840) == "1 h 04 min"


@given(st.text(), st.text())
def test_cleaned_text_can_be_written_and_is_cleaned_once(first: str, second: str) -> None:
    cleaned = text.clean(f"{first}\x1b[31m\x00\ud800{second}")
    cleaned.encode()
    assert "\x00" not in cleaned
    assert text.clean(cleaned) == cleaned
