"""Baselines of a history: which suites, and a suite beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from benchmarks.trend.nights import Nights, PlantedFate, revision, suites_of
from harness.compose.history.baselines import (
    baseline_named,
    baselines_of,
    compare_with,
    kept_by_baselines,
    set_baseline,
)
from harness.compose.history.history import History, open_history
from harness.core.errors import LedgerDamaged, UsageError

FATE = PlantedFate(scenario="first_visit", night=12)
NIGHTS = suites_of(Nights(count=13, seed=3, changes={4: {"cpus": "4"}}, broken=(FATE,)))


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with open_history(str(tmp_path / "history")) as found:
        for facts in NIGHTS[:-1]:
            found.add(facts)
        yield found


def test_a_baseline_is_of_one_environment(history: History) -> None:
    made = set_baseline(history, "main", history.heads(), last=20, revision=None)
    assert made.suites == tuple(one.digest for one in history.heads()[4:])
    assert (made.name, made.suite) == ("main", "nightly")
    assert baselines_of(history) == [made]
    assert kept_by_baselines(history) == frozenset(made.suites)


def test_the_newest_or_those_of_a_revision(history: History) -> None:
    heads = history.heads()
    assert set_baseline(history, "a", heads, last=3, revision=None).suites == tuple(
        one.digest for one in heads[-3:]
    )
    one = set_baseline(history, "b", heads, last=20, revision=revision(2))
    assert one.suites == (heads[2].digest,)
    with pytest.raises(UsageError, match="no suite of revision none that ran to its end"):
        set_baseline(history, "c", heads, last=20, revision="none")


def test_what_was_interrupted_is_no_part_of_it(history: History) -> None:
    heads = [replace_facts(one, interrupted=n == 11) for n, one in enumerate(history.heads())]
    made = set_baseline(history, "main", heads, last=20, revision=None)
    assert heads[11].digest not in made.suites


def replace_facts(one, **changes):  # type: ignore[no-untyped-def]
    return type(one)(digest=one.digest, facts=replace(one.facts, **changes))


def test_a_suite_is_compared_and_never_with_itself(history: History) -> None:
    history.add(NIGHTS[-1])
    set_baseline(history, "main", history.heads(), last=20, revision=None)
    found = compare_with(history, "main", NIGHTS[-1], Path("runs/x"))
    assert found.a.directory.startswith("8 suites")
    assert found.outcome == "worse"
    set_baseline(history, "alone", history.heads(), last=1, revision=None)
    with pytest.raises(UsageError, match="no suite but this one"):
        compare_with(history, "alone", NIGHTS[-1], Path("runs/x"))


def test_one_that_is_not_there_or_lost_its_suites(history: History) -> None:
    with pytest.raises(UsageError, match="there is no baseline main") as raised:
        baseline_named(history, "main")
    assert raised.value.hint == "Make one: harness baseline set NAME"
    set_baseline(history, "main", history.heads(), last=2, revision=None)
    with pytest.raises(UsageError, match="there is no baseline mian") as raised:
        baseline_named(history, "mian")
    assert raised.value.hint == "Did you mean 'main'? `harness baseline list` shows all"
    for digest in kept_by_baselines(history):
        history.remove(digest)
    with pytest.raises(UsageError, match="no suite of the baseline main is left"):
        baseline_named(history, "main")


def test_one_that_was_altered_is_damage_with_a_remedy(history: History) -> None:
    set_baseline(history, "main", history.heads(), last=2, revision=None)
    history.archive.write("baselines", "main.json", b'{"format":1}')
    with pytest.raises(LedgerDamaged, match="missing required field") as raised:
        baselines_of(history)
    assert raised.value.hint == "Make it anew: harness baseline set main"
