"""`harness history` keeps stored suites, shows them, and tidies up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.core.errors import ExitCode
from tests.harness.cli.shell import harness_here
from tests.reports.compared import suite, visits


@pytest.fixture
def place(tmp_path: Path) -> str:
    """A history of two suites."""
    where = str(tmp_path / "history")
    one = suite(tmp_path / "a", *visits(0))
    two = suite(tmp_path / "b", *visits(1), started="20260102T000000Z", suite="nightly")
    done = harness_here("history", "add", str(two), str(one), "--history", where)
    assert done.returncode == ExitCode.PASS
    assert done.stderr.splitlines() == [f"{two}: added", f"{one}: added"]
    return where


def listed(place: str) -> list[dict[str, str]]:
    done = harness_here("history", "list", "--history", place, "--json")
    found = json.loads(done.stdout)
    assert found["schema"] == 1
    return list(found["suites"])


def test_suites_are_listed_for_people_and_machines(place: str) -> None:
    assert [one["verdict"] for one in listed(place)] == ["pass", "fail"]
    done = harness_here("history", "list", "--history", place)
    assert [line.split()[1] for line in done.stdout.splitlines()] == [
        "20260101T000000Z",
        "20260102T000000Z",
    ]
    assert done.stderr.splitlines()[-1] == f"2 suites in {place}"


def test_the_place_may_come_from_the_environment(place: str) -> None:
    done = harness_here("history", "list", "--json", HARNESS_HISTORY=place)
    assert len(json.loads(done.stdout)["suites"]) == 2


def test_what_is_no_suite_is_named_and_the_others_are_added(place: str, tmp_path: Path) -> None:
    third = suite(tmp_path / "c", *visits(0), started="20260103T000000Z")
    run = third / "cells" / "0"
    done = harness_here("history", "add", str(tmp_path), str(run), str(third), "--history", place)
    assert done.returncode == ExitCode.HARNESS
    assert "neither a run nor a suite" in done.stderr
    assert f"{run} is a run, and a history holds suites" in done.stderr
    assert f"2 of 3 were not added: {tmp_path}, {run}" in done.stderr
    assert len(listed(place)) == 3


def test_adding_again_says_so(place: str, tmp_path: Path) -> None:
    done = harness_here("history", "add", str(tmp_path / "a"), "--history", place)
    assert done.stderr.splitlines() == [f"{tmp_path / 'a'}: there already"]


def test_what_cannot_be_read_is_named_by_each_command(place: str) -> None:
    (Path(place) / "suites" / "notes.txt").write_text("")
    for command in ("list", "rebuild"):
        done = harness_here("history", command, "--history", place)
        assert "! notes.txt: foreign" in done.stderr
    assert "2 suites in the index" in done.stderr


def test_a_suite_is_removed_by_the_beginning_of_its_digest(place: str) -> None:
    digest = listed(place)[0]["digest"]
    harness_here("history", "remove", digest[:10], "--history", place)
    assert [one["suite"] for one in listed(place)] == ["nightly"]
    done = harness_here("history", "remove", "zzz", "--history", place)
    assert done.returncode == ExitCode.USAGE
    assert "no suite of the history" in done.stderr


def test_the_oldest_are_pruned(place: str, tmp_path: Path) -> None:
    more = suite(tmp_path / "c", *visits(0), started="20260103T000000Z")
    harness_here("history", "add", str(more), "--history", place)
    done = harness_here("history", "prune", "--keep", "1", "--history", place)
    assert "removed 1 of 3 suites" in done.stderr
    assert done.stdout.split()[1] == "20260101T000000Z"


def test_a_scenario_is_renamed(place: str) -> None:
    done = harness_here("history", "alias", "visit", "call", "--history", place)
    assert done.stderr.startswith("visit is call now")
    back = harness_here("history", "alias", "call", "visit", "--history", place)
    assert back.returncode == ExitCode.USAGE
