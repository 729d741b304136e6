"""The alert rules: each fires when it must, is silent otherwise; a changed rule is noticed."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.setup import find_part
from scenarios.monitoring import test_alerts as cells
from servers.monitoring.alerts import rules
from tests.servers.monitoring.rule_cases import ALERTS
from tests.servers.monitoring.rule_mutants import Mutant, alerts_in, mutants

RULES = rules()
BY_NAME: dict[str, dict[str, Any]] = {
    rule["alert"]: rule for group in yaml.safe_load(RULES)["groups"] for rule in group["rules"]
}
HEARD_BY = {
    "P1": (cells.ON_CALL, cells.ALERTS),
    "P2": (cells.ALERTS,),
    "warning": (cells.WARNINGS,),
}
PROMTOOL = find_part("prometheus")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="no promtool; `harness setup --only prometheus` brings it"
)
pytestmark = pytest.mark.slow
MUTANTS = {f"{mutant.alert}, {mutant.what}": mutant for mutant in mutants(RULES)}
ROADMAP = {
    "FreshnessLow": "P1",
    "BatchFailures": "P2",
    "PoolExhausted": "P2",
    "QueueBacklog": "warning",
    "DuplicateAttempts": "warning",
    "BatchesSlow": "warning",
}


def promtool(*words: str | Path) -> subprocess.CompletedProcess[str]:
    assert PROMTOOL is not None
    command = PROMTOOL.with_name("promtool")
    return subprocess.run([command, *words], capture_output=True, text=True, timeout=120)


def tried(directory: Path, rules: str, *alerts: str) -> subprocess.CompletedProcess[str]:
    """Try ``rules`` with all cases of ``alerts``."""
    (directory / "rules.yml").write_text(rules)
    plan = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "15s",
        "tests": [
            case.test(alert, ALERTS[alert].severity, ALERTS[alert].summary)
            for alert in alerts
            for case in ALERTS[alert].cases
        ],
    }
    (directory / "plan.json").write_text(json.dumps(plan))  # JSON is YAML
    return promtool("test", "rules", directory / "plan.json")


@needs_promtool
def test_every_alert_does_what_its_cases_say(tmp_path: Path) -> None:
    done = tried(tmp_path, RULES, *ALERTS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout


@needs_promtool
def test_promtool_takes_the_file(tmp_path: Path) -> None:
    (tmp_path / "alerts.yml").write_text(RULES)
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", tmp_path / "alerts.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(ALERTS)} rules found" in done.stdout


def test_every_alert_of_the_roadmap_has_its_severity_and_a_twin() -> None:
    assert set(alerts_in(RULES)) == set(ALERTS)
    assert {name: ALERTS[name].severity for name in ROADMAP} == ROADMAP
    (group,) = yaml.safe_load(RULES)["groups"]
    rules = {rule["alert"]: rule for rule in group["rules"]}
    for name in ROADMAP:
        metrics = set(re.findall(r"ingest_\w+?(?=_bucket|_count|[{)\[])", rules[name]["expr"]))
        absent = [
            other
            for other, rule in rules.items()
            if any(f"absent({metric}" in rule["expr"] for metric in metrics)
        ]
        assert absent, name
        assert all(other.endswith("Unknown") for other in absent)


def test_every_alert_says_what_to_do() -> None:
    page = Path("docs/monitoring.md").read_text()
    sections = {match.lower() for match in re.findall(r"^### (\w+)$", page, re.M)}
    for rule in yaml.safe_load(RULES)["groups"][0]["rules"]:
        path, _, section = rule["annotations"]["runbook_url"].partition("#")
        assert path == "docs/monitoring.md"
        assert section == rule["alert"].lower()
        assert section in sections


def test_every_case_covers_the_moments_it_asks_about() -> None:
    """Firing, silent, and what becomes of it: by figures that recover and by figures that go."""
    for name in ROADMAP:
        moments = [case.moments for case in ALERTS[name].cases]
        assert any(None not in each.values() for each in moments), name
        assert any(set(each.values()) == {None} for each in moments), name
        gone = [case for case in ALERTS[name].cases if "stale" in str(case.series)]
        assert gone, name
        for case in gone:
            described = list(case.moments.values())
            assert described[0] is not None, name
            assert described[-1] is None, name


def test_there_are_mutants_of_every_alert() -> None:
    assert {mutant.alert for mutant in MUTANTS.values()} == set(ALERTS)
    assert len(MUTANTS) > 80


def killed(directory: Path, mutant: Mutant) -> bool:
    done = tried(directory, mutant.rules, mutant.alert)
    return done.returncode != 0 and "FAILED" in done.stdout + done.stderr


SOME = sorted(MUTANTS)[::15]


@needs_promtool
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n in SOME else pytest.mark.nightly) for n in MUTANTS]
)
def test_a_changed_rule_fails_a_case(tmp_path: Path, name: str) -> None:
    assert killed(tmp_path, MUTANTS[name])


def test_in_a_hurry_every_duration_is_shorter_and_no_bound_moves() -> None:
    assert rules() == RULES
    hurried = rules(60)
    durations = re.compile(r"\[(\w+)\]|(?:for|interval): (\w+)")
    long, short = (durations.findall(text) for text in (RULES, hurried))
    assert len(long) == len(short) == 15
    assert set(short) == {("5s", ""), ("", "5s"), ("", "1s"), ("60s", "")}
    assert durations.sub("", RULES) == durations.sub("", hurried)


def test_every_alert_of_the_rules_is_caused_by_a_cell_and_no_other() -> None:
    assert len(BY_NAME) == 12
    assert {*cells.CAUSES, *cells.UNKNOWN} - {cells.NO_FIGURES} == set(BY_NAME)


def test_every_alert_on_figures_has_its_twin_on_missing_ones() -> None:
    assert len(cells.UNKNOWN) == len(cells.CAUSES) - 1
    for name in cells.UNKNOWN:
        assert BY_NAME[name]["expr"].count("absent(") == 1


def test_the_cells_know_which_rules_must_hold_for_a_while() -> None:
    waiting = {name for name, rule in BY_NAME.items() if "for" in rule}
    assert waiting == (cells.HELD - {cells.NO_FIGURES}) | set(cells.UNKNOWN)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_the_cells_have_those_hear_of_an_alert_whom_its_severity_names(name: str) -> None:
    severity = BY_NAME[name]["labels"]["severity"]
    assert cells.RECEIVERS.get(name, (cells.ALERTS,)) == HEARD_BY[severity]
