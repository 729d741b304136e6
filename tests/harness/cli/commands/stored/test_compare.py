"""`harness compare` says what differs, and exits with what it comes to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.commands.stored.compare import compare_command
from harness.core.errors import ExitCode, LedgerUnreadable
from tests.reports.compared import StoredCell, suite, visits


def compared(*arguments: str | Path) -> Result:
    return CliRunner().invoke(compare_command, [str(one) for one in arguments])


def test_the_same_twice_is_a_pass(tmp_path: Path) -> None:
    one = suite(tmp_path / "a", *visits(0))
    done = compared(one, one)
    assert done.exit_code == ExitCode.PASS
    assert done.stdout.splitlines()[-1].startswith("No difference in environment")


def test_a_new_loss_is_a_failure_and_its_end_is_not(tmp_path: Path) -> None:
    good, bad = suite(tmp_path / "a", *visits(0)), suite(tmp_path / "b", *visits(1))
    assert compared(good, bad).exit_code == ExitCode.FAIL
    assert compared(bad, good).exit_code == ExitCode.PASS


def test_what_b_does_not_decide_is_undecided(tmp_path: Path) -> None:
    good, open_ = suite(tmp_path / "a", *visits(0)), suite(tmp_path / "b", StoredCell())
    assert compared(good, open_).exit_code == ExitCode.UNDECIDED


def test_for_machines_and_as_a_page(tmp_path: Path) -> None:
    one = suite(tmp_path / "a", *visits(0))
    page = tmp_path / "new" / "page.html"
    page.parent.mkdir()
    done = compared(one, one, "--json", "--page", page)
    assert json.loads(done.stdout)["outcome"] == "no difference"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_nothing_is_written_into_the_two(tmp_path: Path) -> None:
    one = suite(tmp_path / "a", *visits(0))
    before = sorted(path.name for path in one.rglob("*"))
    compared(one, one)
    assert sorted(path.name for path in one.rglob("*")) == before


def test_a_page_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    one = suite(tmp_path / "a", *visits(0))
    done = compared(one, one, "--page", tmp_path / "missing" / "page.html")
    assert "cannot write" in str(done.exception)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    done = compared(tmp_path, tmp_path)
    assert isinstance(done.exception, LedgerUnreadable)
    assert done.exception.exit_code == ExitCode.USAGE


@pytest.mark.parametrize("arguments", [(), ("a",), ("a", "b", "c")])
def test_it_takes_two(arguments: tuple[str, ...]) -> None:
    assert compared(*arguments).exit_code == ExitCode.USAGE
