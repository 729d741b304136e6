"""The logs of a suite: found, in the order in which a reader needs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import LedgerUnreadable
from reports.pages.publish import publish
from reports.shelf.logs import logs_of, of_interest
from tests.reports.suites import lossy, lossy_suite


def log(directory: Path, path: str, text: str) -> None:
    file = directory / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.fixture
def suite(tmp_path: Path) -> tuple[Path, str, str]:
    """A judged suite of a cell that fails and one that passes, with logs; where they are."""
    directory = lossy_suite(tmp_path, lossy(3), None)
    runs = {cell.scenario: str(cell.run) for cell in publish(directory).judged.suite.cells}
    bad, good = runs["lossy"], runs["good"]
    log(directory, "logs/pytest-1.log", "collected\n1 failed\n\n")
    log(directory, "logs/main/chromium.log", "one line")
    log(directory, f"{good}/logs/ingest.log", "fine\n")
    log(directory, f"{bad}/logs/ingest.log", "x" * 9_000 + "\nthe \x1b[31mlast\x1b[0m one\n")
    log(directory, f"{bad}/logs/ingest-ready.json", "{}")
    log(directory, f"{bad}/logs/empty.log", "")
    log(directory, f"{bad}/catalogs/other.log", "no log")
    return directory, bad, good


def test_the_suites_own_come_first_then_the_worst_cells(suite: tuple[Path, str, str]) -> None:
    directory, bad, good = suite
    found = logs_of(directory)
    assert [(one.path, one.verdict) for one in found] == [
        ("logs/main/chromium.log", ""),
        ("logs/pytest-1.log", ""),
        (f"{bad}/logs/ingest.log", "fail"),
        (f"{good}/logs/ingest.log", "pass"),
    ]
    assert [one.last for one in found] == ["one line", "1 failed", "the last one", "fine"]
    assert [one.cell for one in found] == ["", "", bad, good]
    assert of_interest(found) == found[:3]


def test_a_suite_that_was_not_judged_shows_all(suite: tuple[Path, str, str]) -> None:
    directory, _, _ = suite
    (directory / "verdict.json").unlink()
    assert len(of_interest(logs_of(directory))) == 4


def test_what_is_no_suite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnreadable, match="neither a run nor a suite"):
        logs_of(tmp_path)
