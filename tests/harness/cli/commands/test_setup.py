"""`harness setup`: what no scenario needs is not held against the machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest
from click.testing import CliRunner

from harness.cli.commands import setup as command
from harness.setup import PartStatus

pytestmark = pytest.mark.usefixtures("machine")


def missing(name: str) -> PartStatus:
    return PartStatus(name=name, state="missing", needed_for="x", detail="y", fix="z")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def setup(progress: Callable[[str], None], *, only: Sequence[str]) -> list[PartStatus]:
        progress("looking")
        return [missing("firefox"), missing("edge")]

    monkeypatch.setattr(command, "setup", setup)


def test_a_part_that_no_scenario_needs_is_named_apart() -> None:
    output = CliRunner().invoke(command.setup_command).output
    assert "missing  firefox" in output
    assert "missing  edge" not in output
    assert "not here, and needed by no scenario: edge" in output


def test_a_part_that_was_named_is_shown_as_missing() -> None:
    output = CliRunner().invoke(command.setup_command, ["--only", "edge"]).output
    assert "missing  edge" in output
    assert "needed by no scenario" not in output


def test_machines_get_every_part() -> None:
    output = CliRunner().invoke(command.setup_command, ["--json"]).stdout
    assert [part["name"] for part in json.loads(output)["parts"]] == ["firefox", "edge"]
