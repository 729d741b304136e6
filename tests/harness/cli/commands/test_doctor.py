"""`harness doctor`: one line a part, the command that brings it beneath what is missing."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from harness.cli.commands import doctor as command
from harness.setup import PartStatus

PARTS = [
    PartStatus(name="postgresql", state="found", version="18.6", where="/pg"),
    PartStatus(
        name="toxiproxy",
        state="missing",
        needed_for="bad networks",
        detail="not on PATH",
        fix="harness setup --only toxiproxy",
    ),
]


def test_a_missing_part_is_listed_with_its_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "doctor", lambda: PARTS)
    lines = CliRunner().invoke(command.doctor_command).output.splitlines()
    assert lines[0].split() == ["found", "postgresql", "18.6", "/pg"]
    assert lines[1].split() == ["missing", "toxiproxy"]
    assert lines[2].strip() == "bad networks: not on PATH; fix: harness setup --only toxiproxy"
    assert len(lines) == 3


def test_the_same_for_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "doctor", lambda: PARTS)
    content = json.loads(CliRunner().invoke(command.doctor_command, ["--json"]).output)
    assert content["schema"] == 2
    assert [part["fix"] for part in content["parts"]] == ["", "harness setup --only toxiproxy"]
