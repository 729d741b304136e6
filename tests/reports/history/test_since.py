"""Since when a cell fails, in words: what is new has both revisions, what is old says so."""

from __future__ import annotations

from benchmarks.trend.nights import Nights, PlantedFate, suites_of
from harness.ledger.history.facts import SuiteFacts
from reports.history.since import since_when


def nights(count: int, *broken: PlantedFate) -> list[tuple[str, SuiteFacts]]:
    found = suites_of(Nights(count=count, broken=broken))
    return [(str(number), one) for number, one in enumerate(found)]


def test_what_broke_tonight_is_new_with_the_revisions_on_both_sides() -> None:
    suites = nights(20, PlantedFate(scenario="first_visit", night=19))
    [((scenario, _), words)] = since_when(suites).items()
    before, after = suites[18][1].revision, suites[19][1].revision
    assert scenario == "first_visit"
    assert words.startswith("new, since ")
    assert f"({before} → {after}): it failed in 1 of 20 nights" in words


def test_what_fails_for_some_nights_has_the_first_of_them() -> None:
    suites = nights(20, PlantedFate(scenario="first_visit", night=12))
    [words] = since_when(suites).values()
    assert ", since " in words
    assert f"({suites[11][1].revision} → {suites[12][1].revision})" in words
    assert "8 of 20 nights" in words


def test_what_never_passed_is_as_old_as_the_history() -> None:
    [words] = since_when(nights(6, PlantedFate(scenario="first_visit", night=0))).values()
    assert words.startswith("known, as far as this history reaches: it failed in 6 of 6 nights")


def test_what_passes_tonight_or_has_no_night_before_is_not_named() -> None:
    assert since_when(nights(20, PlantedFate(scenario="first_visit", night=3, until=15))) == {}
    assert since_when(nights(1, PlantedFate(scenario="first_visit", night=0))) == {}
    assert since_when([]) == {}
