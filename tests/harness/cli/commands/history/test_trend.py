"""`harness trend`: through the real file format, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.trend.nights import Nights, PlantedFate, PlantedStep, revision, suites_of
from harness.compose.history.history import open_history
from harness.core.errors import ExitCode
from tests.harness.cli.shell import harness_here

STEP = PlantedStep(scenario="steady_load", figure="load_response_p95_ms", night=17, factor=1.25)
FATE = PlantedFate(scenario="first_visit", night=20)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A history of 24 nights with a regression and a broken fate, and one of another suite."""
    where = str(tmp_path_factory.mktemp("trend") / "history")
    with open_history(where) as history:
        for facts in suites_of(Nights(count=24, seed=1, steps=(STEP,), broken=(FATE,))):
            history.add(facts)
        history.add(suites_of(Nights(count=1, suite="smoke"))[0])
    return where


def test_what_is_planted_is_found_with_its_revisions(place: str) -> None:
    done = harness_here("trend", "--history", place, "--json")
    assert done.returncode == ExitCode.PASS
    found = json.loads(done.stdout)
    [fate] = found["fates"]
    assert (fate["scenario"], fate["state"], fate["since"]) == (
        "first_visit",
        "broken",
        {"before": 19, "after": 20},
    )
    changed = [(s["figure"], c["since"]) for s in found["series"] for c in s["changes"]]
    assert changed == [("load_response_p95_ms", {"before": 16, "after": 17})]
    assert found["nights"][17]["revision"] == revision(17)


def test_a_figure_by_its_name_for_people(place: str) -> None:
    done = harness_here("trend", "load_response_p50_ms", "--history", place, COLUMNS="200")
    assert done.stdout.count("= steady") == 3
    assert "lost_acked in first_visit" in done.stdout.splitlines()[-1]


def test_a_page(place: str, tmp_path: Path) -> None:
    page = tmp_path / "new" / "trend.html"
    done = harness_here("trend", "--history", place, "--page", str(page))
    assert done.stderr.splitlines()[-1] == f"page: {page}"
    assert "lost_acked" in page.read_text(encoding="utf-8")


def test_fewer_nights_and_another_suite(place: str) -> None:
    done = harness_here("trend", "--history", place, "--json", "--last", "5")
    assert len(json.loads(done.stdout)["nights"]) == 5
    done = harness_here("trend", "--history", place, "--json", "--suite", "smoke")
    assert json.loads(done.stdout)["suite"] == "smoke"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--suite", "nihgtly"), "Did you mean 'nightly'? `harness history list` shows all"),
        (("nonsense_ms",), "no figure of these suites matches nonsense_ms"),
    ],
)
def test_mistakes_are_one_line(place: str, arguments: tuple[str, ...], line: str) -> None:
    done = harness_here("trend", "--history", place, *arguments)
    assert done.returncode == ExitCode.USAGE
    assert line in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_no_history_is_one_line(tmp_path: Path) -> None:
    done = harness_here("trend", "--history", str(tmp_path / "none"))
    assert done.returncode == ExitCode.USAGE
    assert "harness history add" in done.stderr
