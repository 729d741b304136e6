"""What can be decided of a system: every scenario and check is in one list, with its reason."""

from __future__ import annotations

from pathlib import Path

from harness.compose.targets.check import decisions
from harness.target.described.loading import described_system
from scenarios.catalogue.declare import load_all
from tests import ROOT

SQLITE = ROOT / "examples" / "sqlite" / "target.toml"


def found(path: Path) -> dict[str, list[str]]:
    return decisions(described_system(f"file:{path}"), load_all())


def test_every_scenario_runs_or_has_a_reason() -> None:
    lists = found(SQLITE)
    assert len(lists["runs"]) + len(lists["does not run"]) == len(load_all())
    assert {"steady_load", "lost_answers", "killed_server"} <= set(lists["runs"])
    assert all(": the target does not offer " in line for line in lists["does not run"])


def test_a_check_is_asked_or_has_a_reason() -> None:
    lists = found(SQLITE)
    assert any(line.startswith("nothing_lost: ") for line in lists["asks"])
    assert any(line.startswith("nothing_twice (") for line in lists["does not ask"])


def test_without_truth_no_check_of_delivery_is_asked(tmp_path: Path) -> None:
    text = SQLITE.read_text()
    (tmp_path / "target.toml").write_text(text[: text.index("[truth.http]")])
    lists = found(tmp_path / "target.toml")
    assert not [line for line in lists["asks"] if line.startswith("nothing_")]
    [lost] = [line for line in lists["does not ask"] if line.startswith("nothing_lost")]
    assert lost.endswith("the target does not offer stored views that can be read back")
