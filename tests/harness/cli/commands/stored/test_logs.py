"""`harness logs`: from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.core.errors import ExitCode
from reports.pages.publish import publish
from tests.harness.cli.shell import harness_here
from tests.reports.suites import lossy, lossy_suite


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite of a cell that fails and one that passes, each with a log of its server."""
    directory = lossy_suite(tmp_path, lossy(3), None)
    for cell in publish(directory).judged.suite.cells:
        file = directory / str(cell.run) / "logs" / "ingest.log"
        file.parent.mkdir()
        file.write_text(f"started\n{cell.scenario} ended\n")
    return directory


def test_it_shows_those_of_what_did_not_pass(suite: Path) -> None:
    done = harness_here("logs", str(suite))
    place, last = done.stdout.splitlines()
    assert place.endswith("/logs/ingest.log (fail)")
    assert Path(place.removesuffix(" (fail)")).is_file()
    assert last == "    lossy ended"
    assert "1 log of cells that passed: --all shows them" in done.stderr


def test_all_of_them_and_for_machines(suite: Path) -> None:
    found = json.loads(harness_here("logs", str(suite), "--all", "--json").stdout)
    assert [(one["verdict"], one["last"]) for one in found] == [
        ("fail", "lossy ended"),
        ("pass", "good ended"),
    ]


def test_what_is_no_suite_is_an_error_of_one_line(tmp_path: Path) -> None:
    done = harness_here("logs", str(tmp_path))
    assert done.returncode == ExitCode.USAGE
    assert "is neither a run nor a suite directory" in done.stderr
