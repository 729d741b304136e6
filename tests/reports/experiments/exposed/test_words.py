"""The sentences of an experiment on users."""

from __future__ import annotations

from reports.experiments.exposed.analysis import analyse_exposed
from reports.experiments.exposed.words import (
    MISMATCH,
    exposed_sentence,
    ratio_sentence,
    several_sentence,
)
from tests.reports.experiments.exposed.users import BROKEN, EQUAL, SOUND


def test_the_decision_names_verdict_variant_and_metric() -> None:
    assert exposed_sentence(SOUND) == "Compared with a, better: b by views"


def test_a_broken_ratio_comes_first_with_what_it_means() -> None:
    sentence = exposed_sentence(BROKEN)
    assert sentence.startswith("Everything is unknown: exposed users do not fit the shares: a 400")
    assert sentence.endswith(MISMATCH)
    assert "a variant that loses beacons breaks its own ratio" in MISMATCH


def test_the_ratio_has_counts_and_p() -> None:
    assert ratio_sentence(SOUND) == (
        "exposed users fit the shares: a 400 (expected 400), b 400 (expected 400); "
        "χ² p = 1, not below 0.001"
    )


def test_what_is_not_there_has_a_sentence_too() -> None:
    none = analyse_exposed("e", [], [], control="a", shares=EQUAL, margin=0.05)
    assert exposed_sentence(none) == "Nothing is known: no user was exposed"
    one = [("u", "a"), ("v", "b")]
    bare = analyse_exposed("e", one, [], control="a", shares=EQUAL, margin=0.05)
    assert exposed_sentence(bare) == "No metric is compared"
    assert several_sentence(bare) == ""
    both = analyse_exposed("e", [*one, ("u", "b")], [], control="a", shares=EQUAL, margin=0.05)
    assert several_sentence(both) == "1 user of several variants: left out of every count"
