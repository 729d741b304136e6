"""Phases add up to the time that they cover, however they lie in one another."""

from __future__ import annotations

import pytest

from harness.core.phases import Phases, Span, own_seconds

S = 1_000_000_000


def span(name: str, began_s: float, ended_s: float) -> Span:
    return Span(name, round(began_s * S), round(ended_s * S))


def test_the_inner_phase_takes_its_time_from_the_outer_one() -> None:
    spans = [span("settle", 4, 6), span("scenario", 1, 9), span("start", 0, 1)]
    assert own_seconds(spans) == {"start": 1.0, "scenario": 6.0, "settle": 2.0}


def test_of_two_that_overlap_the_one_that_began_later_counts() -> None:
    assert own_seconds([span("a", 0, 5), span("b", 3, 8)]) == {"a": 3.0, "b": 5.0}


def test_of_two_that_began_together_the_shorter_one_counts() -> None:
    assert own_seconds([span("outer", 0, 5), span("inner", 0, 2)]) == {"outer": 3.0, "inner": 2.0}


def test_phases_of_one_name_are_added_and_a_gap_belongs_to_none() -> None:
    seconds = own_seconds([span("stop", 0, 1), span("stop", 4, 6)])
    assert seconds == {"stop": 3.0}


def test_nothing_took_no_time() -> None:
    assert own_seconds([]) == {}


def test_a_phase_that_raises_is_noted_too() -> None:
    phases = Phases()
    with pytest.raises(ValueError, match="broken"), phases.during("start"):
        raise ValueError("broken")
    [noted] = phases.spans
    assert noted.name == "start"
    assert noted.ended_ns >= noted.began_ns
