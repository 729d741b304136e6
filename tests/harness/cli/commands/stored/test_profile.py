"""`harness profile` prints where the time of a stored run went."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from harness.cli.commands.stored.profile import profile_command
from tests.reports.timed_suites import a_suite


def test_it_prints_phases_and_cells(tmp_path: Path) -> None:
    done = CliRunner().invoke(profile_command, [str(a_suite(tmp_path))])
    assert done.exit_code == 0
    assert "scenario                6.00    75%" in done.output
    assert "hand_written [preset=durable] seed 1" in done.output


def test_as_json_it_holds_every_cell(tmp_path: Path) -> None:
    done = CliRunner().invoke(profile_command, [str(a_suite(tmp_path)), "--json"])
    found = json.loads(done.stdout)
    assert found["schema"] == 1
    assert [cell["took_s"] for cell in found["cells"]] == [8.0]


def test_it_prints_what_scenarios_took_of_what_they_say(tmp_path: Path) -> None:
    done = CliRunner().invoke(profile_command, [str(a_suite(tmp_path)), "--durations"])
    assert done.output.splitlines() == ["hand_written = 0.11"]
