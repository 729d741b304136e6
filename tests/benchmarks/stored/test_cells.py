"""A directory that holds no suite is one line, and nothing that is stored changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.clients import __main__ as clients
from benchmarks.stored.cells import stored_cells
from benchmarks.topologies import __main__ as topologies
from benchmarks.topologies.cells import TopologyCell


def absent(suite: Path) -> None:
    """Leave it without a directory."""


def empty(suite: Path) -> None:
    suite.mkdir()


def no_json(suite: Path) -> None:
    suite.mkdir()
    for name in ("verdict.json", "plan.json"):
        (suite / name).write_text("{")


def of_another_kind(suite: Path) -> None:
    suite.mkdir()
    for name in ("verdict.json", "plan.json"):
        (suite / name).write_text("[1]")


@pytest.mark.parametrize("made", [absent, empty, no_json, of_another_kind])
@pytest.mark.parametrize("main", [clients.main, topologies.main])
def test_what_is_no_stored_suite_is_named_and_nothing_changes(
    main: Callable[..., int],
    made: Callable[[Path], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stored, page, suite = tmp_path / "stored.json", tmp_path / "page.md", tmp_path / "suite"
    stored.write_text("[]")
    page.write_text("as it was")
    made(suite)
    assert main([str(suite)], stored=stored, page=page) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert f"{suite} holds no stored suite (" in line
    assert (stored.read_text(), page.read_text()) == ("[]", "as it was")


def test_there_is_nothing_before_the_first_suite(tmp_path: Path) -> None:
    assert stored_cells(tmp_path / "stored.json", TopologyCell) == []
