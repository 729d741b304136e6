"""A history keeps what it is given, names what it cannot read, and forgets what it may."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from benchmarks.trend.nights import Nights, suites_of
from harness.compose.history.archive import INDEX_FILE
from harness.compose.history.history import (
    History,
    is_shared,
    latest_name,
    open_archive,
    open_history,
)
from harness.core.errors import UsageError
from harness.ledger.history.facts import SuiteFacts, canonical, digest_of

NIGHTS = suites_of(Nights(count=4))


@pytest.fixture
def place(tmp_path: Path) -> str:
    """A history of four nights, added from the last to the first."""
    where = str(tmp_path / "history")
    with open_history(where) as history:
        assert all(history.add(facts) for facts in reversed(NIGHTS))
    assert not (tmp_path / "history" / INDEX_FILE).exists()
    return where


def file_of(place: str, facts: SuiteFacts) -> Path:
    return Path(place) / "suites" / f"{digest_of(canonical(facts))}.json"


def starts(history: History) -> list[str]:
    return [one.facts.started for one in history.heads()]


def test_suites_come_back_whole_in_the_order_of_their_starts(place: str) -> None:
    with open_history(place) as history:
        assert [one.facts for one in history.whole(history.heads())] == NIGHTS
        assert history.troubles == ()


def test_adding_a_suite_again_changes_nothing(place: str) -> None:
    with open_history(place) as history:
        assert not history.add(NIGHTS[0])
        assert len(history.heads()) == 4


def test_two_histories_are_merged_by_copying_files(place: str, tmp_path: Path) -> None:
    other = str(tmp_path / "other")
    [more] = suites_of(Nights(count=1, suite="weekly"))
    with open_archive(other) as archive:
        archive.write("suites", file_of(other, more).name, canonical(more))
    (Path(place) / "suites" / file_of(other, more).name).write_bytes(
        file_of(other, more).read_bytes()
    )
    with open_history(place) as history:
        assert len(history.heads()) == 5


def test_what_is_corrupt_foreign_or_a_duplicate_is_named(place: str) -> None:
    file_of(place, NIGHTS[1]).write_bytes(canonical(NIGHTS[1])[:-5])
    (Path(place) / "suites" / "notes.txt").write_text("mine")
    again = replace(NIGHTS[2], reason="judged by other checks")
    file_of(place, again).write_bytes(canonical(again))
    with open_history(place) as history:
        assert len(history.troubles) == 3
        named = {one.name: one.what for one in history.troubles}
        assert "altered or cut off" in named[file_of(place, NIGHTS[1]).name]
        assert named["notes.txt"].startswith("foreign")
        hidden = max(file_of(place, again).name, file_of(place, NIGHTS[2]).name)
        assert named[hidden].startswith("duplicate: ")
        assert starts(history) == [NIGHTS[0].started, NIGHTS[2].started, NIGHTS[3].started]


def test_a_suite_judged_otherwise_is_refused_until_the_first_is_removed(place: str) -> None:
    again = replace(NIGHTS[2], reason="judged by other checks")
    with open_history(place) as history:
        with pytest.raises(UsageError, match="judged otherwise") as raised:
            history.add(again)
        history.remove(raised.value.hint.split()[-1])
        assert history.add(again)
        assert [one.facts.reason for one in history.heads()][2] == "judged by other checks"


def test_a_suite_that_was_resumed_stands_for_its_interrupted_half(place: str) -> None:
    half = replace(NIGHTS[2], interrupted=True, cells=NIGHTS[2].cells[:1])
    file_of(place, half).write_bytes(canonical(half))
    with open_history(place) as history:
        assert history.troubles == ()
        assert [one.facts.interrupted for one in history.heads()] == [False] * 4
        assert history.whole(history.heads())[2].facts == NIGHTS[2]


def test_the_index_is_made_anew_when_it_is_lost_damaged_or_stale(place: str) -> None:
    index = Path(place) / INDEX_FILE
    with open_history(place) as history:
        assert len(history.heads()) == 4
    for spoil in (index.unlink, lambda: index.write_bytes(b"no database, a long text " * 99)):
        spoil()
        with open_history(place) as history:
            assert len(history.heads()) == 4
    file_of(place, NIGHTS[0]).unlink()
    with open_history(place) as history:
        assert starts(history) == [one.started for one in NIGHTS[1:]]
        assert history.rebuild() == 3


def test_a_history_that_is_not_there_is_empty_and_makes_nothing(tmp_path: Path) -> None:
    with open_history(str(tmp_path / "none")) as history:
        assert history.heads() == []
    assert list(tmp_path.iterdir()) == []


def test_a_renamed_scenario_keeps_what_was_stored_of_it(place: str) -> None:
    with open_history(place) as history:
        history.rename("steady_load", "constant_load")
        history.rename("constant_load", "even_load")
        [first, *_] = history.whole(history.heads())
        assert [cell.scenario for cell in first.facts.cells] == [
            "even_load",
            "load_with_outage",
            "first_visit",
        ]
        with pytest.raises(UsageError, match="in a circle"):
            history.rename("even_load", "steady_load")
        assert latest_name("even_load", history.renamed()) == "even_load"


def test_the_oldest_are_pruned_but_those_that_are_kept(place: str) -> None:
    with open_history(place) as history:
        first = history.heads()[0].digest
        removed = history.prune(2, frozenset({first}))
        assert [one.facts.started for one in removed] == [NIGHTS[1].started]
        assert starts(history) == [NIGHTS[0].started, NIGHTS[2].started, NIGHTS[3].started]
        assert history.prune(9) == []


def test_each_name_of_a_suite_keeps_its_own(place: str) -> None:
    with open_history(place) as history:
        history.add(suites_of(Nights(count=1, suite="weekly"))[0])
        history.prune(1)
        assert sorted(one.facts.suite for one in history.heads()) == ["nightly", "weekly"]


def test_a_digest_that_is_not_there_or_not_one(place: str) -> None:
    with open_history(place) as history:
        with pytest.raises(UsageError, match="no suite of the history"):
            history.remove("zz")
        with pytest.raises(UsageError, match="4 suites of the history"):
            history.remove("")


def test_a_url_is_a_shared_history() -> None:
    assert is_shared("postgresql://host/db")
    assert is_shared("postgres://host/db")
    assert not is_shared("postgresql/history")
