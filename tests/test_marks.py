"""A test that starts a browser or a stack without the mark for it is refused."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.marks import UnmarkedStart, mark_by_fixture, mark_wanted, refuse_unmarked


@pytest.mark.parametrize(
    ("argv", "mark"),
    [
        (["/usr/bin/chromium", "--headless=new"], "browser"),
        (["unshare", "--net", "/usr/lib/firefox-esr/firefox-esr"], "browser"),
        (["/wheel/bin/postgres", "-D", "data"], "stack"),
        (["python", "-m", "servers.ingest", "--port", "0"], "stack"),
        (["python", "-m", "locust", "-f", "locustfile.py"], "stack"),
        (["python", "-m", "harness", "run"], "slow"),
        (["python", "-m", "pytest", "scenarios"], "slow"),
        (["chromium", "--version"], None),
        (["apt-get", "install", "chromium"], None),
        (["python", "-c", "pass"], None),
    ],
)
def test_a_program_wants_its_mark(argv: list[str], mark: str | None) -> None:
    assert mark_wanted(argv) == mark


def test_the_mark_allows_the_start() -> None:
    refuse_unmarked(["chromium"], {"browser"})
    refuse_unmarked(["python", "-m", "harness"], {"stack"})
    with pytest.raises(UnmarkedStart, match=r"pytest\.mark\.stack: it starts postgres -D data"):
        refuse_unmarked(["postgres", "-D", "data"], {"browser", "slow"})


def test_this_very_test_may_not_start_one() -> None:
    with pytest.raises(UnmarkedStart, match=r"pytest\.mark\.slow"):
        subprocess.run([sys.executable, "-m", "harness", "list"], check=False)


class Collected:
    """A test as far as marking looks at it."""

    def __init__(self, *fixtures: str) -> None:
        self.fixturenames = fixtures
        self.marks: list[str] = []

    def add_marker(self, mark: str) -> None:
        self.marks.append(mark)


def test_a_fixture_that_starts_one_marks_the_test() -> None:
    items = [Collected("tmp_path"), Collected("database", "postgres"), Collected("browsers")]
    mark_by_fixture(items)
    assert [item.marks for item in items] == [[], ["stack"], ["browser"]]
