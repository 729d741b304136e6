"""`harness list`: an overview, then each thing by its name, and why it cannot run here."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from harness.cli.commands import list as command
from harness.core.errors import UsageError
from tests.scenarios.catalogue.asking import Lacking

pytestmark = pytest.mark.usefixtures("machine")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "ThisMachine", lambda: Lacking({"firefox": "get firefox"}))


def listed(*arguments: str) -> list[str]:
    done = CliRunner().invoke(command.list_command, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0
    return done.output.splitlines()


def test_the_overview_fits_a_screen() -> None:
    lines = listed()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 90
    row = next(line.split() for line in lines if line.startswith("browsers"))
    scenarios, cells, here = map(int, row[1:4])
    assert scenarios < here < cells
    assert any(line.startswith("suites: smoke, ") for line in lines)


def test_a_matrix_shows_its_scenarios_without_their_arms() -> None:
    lines = listed("browsers")
    at = lines.index(next(line for line in lines if line.startswith("browsers/first_visit")))
    assert "(4 of 5 cells, about" in lines[at]
    assert not any("[" in line for line in lines)
    assert not any(line.startswith("network/") for line in lines)


def test_a_scenario_shows_its_arms_and_why_one_cannot_run() -> None:
    lines = listed("first_visit")
    assert lines[1].strip().endswith("?")
    arms = [line.strip() for line in lines[2:]]
    assert "[browser=chromium,preset=durable]  can run here" in arms
    assert "[browser=firefox,preset=durable]  missing: firefox missing; fix: get firefox" in arms


def test_suites_workloads_and_networks_are_shown_together_or_by_name() -> None:
    assert any("of which 60 min run" in line for line in listed("suites"))
    assert any(line.startswith("workload roadmap: ") for line in listed("workloads"))
    assert any("400 kbps" in line for line in listed("networks"))
    assert [line.partition(":")[0] for line in listed("slow-3g")] == ["network slow-3g"]
    both = listed("knee")
    assert any(line.startswith("load/knee") for line in both)
    assert any(line.startswith("workload knee: ") for line in both)


def test_everything_shows_every_arm_and_what_runs_on_request() -> None:
    lines = listed("--all")
    assert any("workload=soak" in line and line.endswith("; on request") for line in lines)
    assert any(line.startswith("suite smoke: ") for line in lines)


def test_filters_show_the_cells_that_fit() -> None:
    lacking = [line for line in listed("--missing", "browsers") if "[" in line]
    assert lacking
    assert not any("can run here" in line for line in lacking)
    arms = [line for line in listed("--grep", "first_visit.*chromium.*durable") if "[" in line]
    assert len(arms) == 1


def test_an_unknown_name_gets_the_three_nearest() -> None:
    with pytest.raises(UsageError) as refused:
        listed("ofline")
    assert "Did you mean 'offline'" in refused.value.line


def test_the_same_for_machines() -> None:
    content = json.loads("\n".join(listed("--json")))
    assert content["schema"] == 3
    lacking = [cell for cell in content["cells"] if cell["not_run"]]
    assert {cell["not_run"]["fix"] for cell in lacking if "firefox" in cell["arm"]} >= {
        "get firefox"
    }
    assert all(cell["can_run"] is (cell["not_run"] is None) for cell in content["cells"])
    nightly = next(suite for suite in content["suites"] if suite["name"] == "nightly")
    assert nightly["budget_min"] == 60
    assert {"steady", "scale"} <= {workload["name"] for workload in content["workloads"]}
    few = json.loads("\n".join(listed("--json", "first_visit")))["cells"]
    assert {cell["scenario"] for cell in few} == {"first_visit"}
