"""npm and Node: both are needed, and Node must be recent."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.setup import doctor
from harness.setup.parts.npm import Npm
from tests.harness.setup.fake_host import FakeHost


def test_both_are_found_with_their_versions(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("npm", "echo 11.19.1")
    machine.script("node", "echo v20.20.2")
    host = machine.host()
    [row] = doctor(host=host, parts=[Npm()])[:1]
    assert (row.name, row.state, row.version) == ("npm", "found", "11.19.1, node 20.20.2")
    assert Npm().find(host) == host.which("npm")
    assert not Npm().wanted(host)


@pytest.mark.parametrize(
    ("scripts", "why"),
    [
        ({}, "no npm and no node on PATH"),
        ({"npm": "echo 11.0.0"}, "no node on PATH"),
        ({"npm": "echo 9.2.0", "node": "echo v16.2.0"}, "node 16.2.0: 18 or newer is needed"),
        ({"npm": "exit 1", "node": "echo v20.0.0"}, "exit 1: it printed nothing"),
    ],
)
def test_what_is_missing_is_named_with_what_brings_it(
    tmp_path: Path, scripts: dict[str, str], why: str
) -> None:
    machine = FakeHost(tmp_path)
    for name, body in {**scripts, "apt-get": "exit 0"}.items():
        machine.script(name, body)
    status = Npm().look(machine.host())
    assert status.state == "missing"
    assert status.detail.endswith(why)
    assert status.fix == "harness setup --only npm"
    if "node" not in scripts:
        assert Npm().find(machine.host()) is None


def test_a_mac_gets_it_from_homebrew(tmp_path: Path) -> None:
    assert Npm().look(FakeHost(tmp_path, system="Darwin").host()).fix == "brew install node"
