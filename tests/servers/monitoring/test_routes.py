"""Who hears of which alert: Alertmanager's own tool decides, on the file of production."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from harness.setup import find_part
from servers.monitoring.routes import (
    PAGERDUTY_VARIABLE,
    SLACK_VARIABLE,
    Routes,
    alertmanager_file,
    main,
)

ALERTMANAGER = find_part("alertmanager")
PRODUCTION = Routes(slack_url="https://hooks.slack.example/T/B/x", pagerduty_key="0" * 32)
needs_amtool = pytest.mark.skipif(
    ALERTMANAGER is None, reason="no amtool; `harness setup --only alertmanager` brings it"
)


def amtool(directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
    assert ALERTMANAGER is not None
    (directory / "alertmanager.yml").write_text(alertmanager_file(PRODUCTION))
    command = [ALERTMANAGER.with_name("amtool"), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=directory)


@needs_amtool
@pytest.mark.slow
def test_amtool_takes_the_file(tmp_path: Path) -> None:
    done = amtool(tmp_path, "check-config", "alertmanager.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 receivers" in done.stdout


@needs_amtool
@pytest.mark.slow
@pytest.mark.parametrize(
    ("severity", "receiver"),
    [("P1", "page"), ("P2", "slack-alerts"), ("warning", "slack-warnings"), ("", "slack-warnings")],
)
def test_each_severity_has_its_receiver(tmp_path: Path, severity: str, receiver: str) -> None:
    words = ["config", "routes", "test", "--config.file=alertmanager.yml"]
    done = amtool(tmp_path, *words, f"--verify.receivers={receiver}", f"severity={severity}")
    assert done.returncode == 0, done.stdout + done.stderr
    other = "page" if receiver != "page" else "slack-alerts"
    done = amtool(tmp_path, *words, f"--verify.receivers={other}", f"severity={severity}")
    assert done.returncode != 0


def test_only_p1_pages_and_everything_reports_its_end() -> None:
    found = yaml.safe_load(alertmanager_file(PRODUCTION))
    receivers = {one["name"]: one for one in found["receivers"]}
    assert [name for name, one in receivers.items() if "pagerduty_configs" in one] == ["page"]
    slack = [config for one in receivers.values() for config in one["slack_configs"]]
    assert len(slack) == 3
    assert all(config["send_resolved"] for config in slack)
    # PagerDuty's default is to send it.
    assert "send_resolved" not in receivers["page"]["pagerduty_configs"][0]


def test_what_needs_quotes_is_quoted() -> None:
    odd = Routes(slack_url='https://x.example/"a: b#', pagerduty_key="k: '#\\")
    found = yaml.safe_load(alertmanager_file(odd))
    assert found["global"]["slack_api_url"] == odd.slack_url
    assert found["receivers"][0]["pagerduty_configs"][0]["routing_key"] == odd.pagerduty_key
    assert "x.example" not in repr(odd)


def test_the_command_wants_both_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(SLACK_VARIABLE, PRODUCTION.slack_url)
    monkeypatch.delenv(PAGERDUTY_VARIABLE, raising=False)
    assert main() == 2
    assert PAGERDUTY_VARIABLE in capsys.readouterr().err
    monkeypatch.setenv(PAGERDUTY_VARIABLE, PRODUCTION.pagerduty_key)
    assert main() == 0
    assert capsys.readouterr().out == alertmanager_file(PRODUCTION)
