"""Prometheus and Alertmanager: with their tools, under Debian's names too, never unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.setup import doctor, setup
from harness.setup.parts.monitoring import ALERTMANAGER, PROMETHEUS, MonitoringProgram
from tests.harness.setup.fake_host import FakeHost

DEBIAN = 'echo "{}, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0)"'


@pytest.mark.parametrize(
    ("part", "command", "tool"),
    [
        (PROMETHEUS, "prometheus", "promtool"),
        (ALERTMANAGER, "prometheus-alertmanager", "amtool"),
        (ALERTMANAGER, "alertmanager", "amtool"),
    ],
)
def test_it_is_found_with_its_tool(
    tmp_path: Path, part: MonitoringProgram, command: str, tool: str
) -> None:
    machine = FakeHost(tmp_path)
    path = machine.script(command, DEBIAN.format(command))
    [alone] = doctor(host=machine.host(), parts=[part])[:1]
    assert (alone.state, f"with {tool} beside it" in alone.detail) == ("missing", True)
    machine.script(tool, "exit 0")
    [status] = doctor(host=machine.host(), parts=[part])[:1]
    assert (status.state, status.version, status.where) == ("found", "2.42.0+ds", str(path))


def test_one_that_was_built_without_a_version_is_found(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("promtool", "exit 0")
    machine.script("prometheus", 'echo "prometheus, version  (branch: , revision: unknown)"')
    [status] = doctor(host=machine.host(), parts=[PROMETHEUS])[:1]
    assert (status.state, status.version) == ("found", "unknown")


def test_one_that_does_not_run_is_missing(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("promtool", "exit 0")
    machine.script("prometheus", "echo no such library >&2; exit 127")
    [status] = doctor(host=machine.host(), parts=[PROMETHEUS])[:1]
    assert status.state == "missing"
    assert "no such library" in status.detail


def test_a_machine_without_them_gets_the_command(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path, is_root=False)
    machine.script("apt-get", "exit 0")
    statuses = doctor(host=machine.host(), parts=[PROMETHEUS, ALERTMANAGER])[:2]
    assert [status.fix for status in statuses] == [
        "sudo apt-get install --no-install-recommends prometheus",
        "sudo apt-get install --no-install-recommends prometheus-alertmanager",
    ]
    (tmp_path / "mac").mkdir()
    mac = FakeHost(tmp_path / "mac", is_root=False, system="Darwin")
    [status] = doctor(host=mac.host(), parts=[ALERTMANAGER])[:1]
    assert status.fix == "brew install alertmanager"


def test_it_is_installed_only_when_it_is_asked_for(tmp_path: Path) -> None:
    machine, lines = FakeHost(tmp_path), list[str]()
    machine.script("apt-cache", 'echo "prometheus:"; echo "  Candidate: 2"')
    server, tool = (tmp_path / "bin" / name for name in ("prometheus", "promtool"))
    body = "".join(
        f"printf '#!/bin/sh\\necho prometheus, version 2.42.0\\n' > {path}; chmod +x {path}; "
        for path in (server, tool)
    )
    machine.script("apt-get", body)
    host = machine.host()
    assert setup(lines.append, host=host, parts=[PROMETHEUS])[0].state == "missing"
    assert not [call for call in machine.calls if call.startswith("apt-get")]
    [status] = setup(lines.append, host=host, parts=[PROMETHEUS], only=["prometheus"])
    assert (status.state, status.version) == ("found", "2.42.0")
