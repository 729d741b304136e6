"""`harness baseline` and `harness compare --against`, through stored suites."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness.core.errors import ExitCode
from tests.harness.cli.shell import harness_here
from tests.reports.compared import suite, visits


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three suites that lose nothing, a history and a baseline of them."""
    folder = tmp_path_factory.mktemp("made")
    where = str(folder / "history")
    stored = [
        str(suite(folder / f"n{n}", *visits(0), started=f"2026010{n}T000000Z")) for n in (1, 2, 3)
    ]
    assert harness_here("history", "add", *stored, "--history", where).returncode == 0
    done = harness_here("baseline", "set", "main", "--history", where)
    assert done.stderr.splitlines() == [
        f"baseline main: 3 suites of s in {where}",
        "! fewer than 6 suites predict no figure: only fates and failures count",
    ]
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path) -> str:
    """A history of a test's own: a copy of what was made."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return str(tmp_path / "history")


def test_a_baseline_is_listed_and_shown(place: str) -> None:
    assert harness_here("baseline", "list", "--history", place).stdout.startswith(
        "main  3 suites of s, made "
    )
    lines = harness_here("baseline", "show", "--history", place).stdout.splitlines()
    assert [line.split()[1] for line in lines[:3]] == [f"2026010{n}T000000Z" for n in (1, 2, 3)]
    assert "cpus: 2" in lines
    done = harness_here("baseline", "show", "main", "--history", place, "--json")
    found = json.loads(done.stdout)
    assert (found["schema"], len(found["suites"])) == (1, 3)


def test_a_suite_beside_it(place: str, tmp_path: Path) -> None:
    good = suite(tmp_path / "good", *visits(0), started="20260104T000000Z")
    bad = suite(tmp_path / "bad", *visits(2), started="20260105T000000Z")
    options = ("--against", "main", "--history", place)
    assert harness_here("compare", str(good), *options).returncode == ExitCode.PASS
    done = harness_here("compare", str(bad), *options)
    assert done.returncode == ExitCode.FAIL
    assert "loses or falsifies what A does not" in done.stdout.splitlines()[-1]
    written = harness_here("compare", str(bad), *options, "--markdown").stdout
    assert written.startswith("### ✗ B is worse")
    found = json.loads(harness_here("compare", str(bad), *options, "--json").stdout)
    assert found["a"]["kind"] == "baseline"


def test_two_directories_as_markdown(tmp_path: Path) -> None:
    good, bad = suite(tmp_path / "a", *visits(0)), suite(tmp_path / "b", *visits(2))
    done = harness_here("compare", str(good), str(bad), "--markdown")
    assert done.returncode == ExitCode.FAIL
    assert "✗ new in B" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((), "two directories are compared, or one --against a baseline"),
        (("x", "--against", "main"), "two directories are compared, or one"),
        (("--against", "none"), "there is no baseline none"),
        (("x", "--json", "--markdown"), "two formats"),
    ],
)
def test_mistakes_are_one_line(
    place: str, tmp_path: Path, arguments: tuple[str, ...], line: str
) -> None:
    done = harness_here("compare", str(tmp_path / "n1"), *arguments, "--history", place)
    assert done.returncode == ExitCode.USAGE
    assert line in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_name_is_refused(place: str) -> None:
    done = harness_here("baseline", "set", "../x", "--history", place)
    assert done.returncode == ExitCode.USAGE
    assert "is no name of a baseline" in done.stderr


def test_pruning_keeps_the_suites_of_a_baseline(place: str) -> None:
    done = harness_here("history", "prune", "--keep", "1", "--history", place)
    assert "removed 0 of 3 suites" in done.stderr


def test_a_run_refuses_a_baseline_that_is_not_there(tmp_path: Path) -> None:
    done = harness_here("run", "first_visit", "--against", "none", "--out", str(tmp_path / "runs"))
    assert done.returncode == ExitCode.USAGE
    assert "there is no baseline none" in done.stderr
    assert not (tmp_path / "runs").exists()
