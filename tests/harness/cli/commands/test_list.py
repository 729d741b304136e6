"""`harness list`: every arm, whether it can run here, and why not."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from harness.cli.commands import list as command
from tests.scenarios.catalogue.asking import Lacking

pytestmark = pytest.mark.usefixtures("machine")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "ThisMachine", lambda: Lacking({"firefox": "get firefox"}))


def test_an_arm_that_cannot_run_says_why_and_how_to_fix_it() -> None:
    lines = CliRunner().invoke(command.list_command).output.splitlines()
    at = lines.index(next(line for line in lines if line.startswith("browsers/first_visit")))
    assert lines[at + 1].strip().endswith("?")
    arms = [line.strip() for line in lines[at + 2 : at + 8]]
    assert "[browser=chromium,preset=durable]  can run here" in arms
    assert "[browser=firefox,preset=durable]  missing: firefox missing; fix: get firefox" in arms
    assert any(line.startswith("workload roadmap: ") for line in lines)
    assert any(line.startswith("suite smoke: ") for line in lines)
    assert any(line.startswith("network slow-3g: ") and "400 kbps" in line for line in lines)
    assert any("workload=soak" in line and line.endswith("; on request") for line in lines)


def test_the_same_for_machines() -> None:
    content = json.loads(CliRunner().invoke(command.list_command, ["--json"]).output)
    assert content["schema"] == 2
    lacking = [cell for cell in content["cells"] if cell["not_run"]]
    assert {cell["not_run"]["fix"] for cell in lacking if "firefox" in cell["arm"]} >= {
        "get firefox"
    }
    assert all(cell["can_run"] is (cell["not_run"] is None) for cell in content["cells"])
