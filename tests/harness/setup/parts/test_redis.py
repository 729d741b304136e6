"""Redis or Valkey: found under either name, brought when asked for, named where it is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.setup import doctor, setup
from harness.setup.parts.redis import Redis
from tests.harness.setup.fake_host import FakeHost

SAYS = 'echo "{} server v={} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64"'


@pytest.mark.parametrize(
    ("command", "says", "version"),
    [
        ("redis-server", SAYS.format("Redis", "7.0.15"), "7.0.15"),
        ("valkey-server", SAYS.format("Valkey", "8.1.4"), "8.1.4"),
    ],
)
def test_it_is_found_under_either_name(
    tmp_path: Path, command: str, says: str, version: str
) -> None:
    machine = FakeHost(tmp_path)
    path = machine.script(command, says)
    [status] = doctor(host=machine.host(), parts=[Redis()])[:1]
    assert (status.state, status.version, status.where) == ("found", version, str(path))


def test_a_machine_without_it_gets_the_command(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path, is_root=False)
    machine.script("apt-get", "exit 0")
    [status] = doctor(host=machine.host(), parts=[Redis()])[:1]
    assert status.state == "missing"
    assert status.detail == "no redis-server or valkey-server on PATH"
    assert status.fix == "sudo apt-get install --no-install-recommends redis-server"
    (tmp_path / "mac").mkdir()
    mac = FakeHost(tmp_path / "mac", is_root=False, system="Darwin")
    [status] = doctor(host=mac.host(), parts=[Redis()])[:1]
    assert status.fix == "brew install redis"


def test_one_that_does_not_run_is_missing(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("redis-server", "echo no such library >&2; exit 127")
    [status] = doctor(host=machine.host(), parts=[Redis()])[:1]
    assert status.state == "missing"
    assert "no such library" in status.detail


def test_it_is_installed_only_when_it_is_asked_for(tmp_path: Path) -> None:
    machine, lines = FakeHost(tmp_path), list[str]()
    machine.script("apt-cache", 'echo "redis-server:"; echo "  Candidate: 7"')
    binary = tmp_path / "bin" / "redis-server"
    body = f"printf '#!/bin/sh\\necho Redis server v=7.0.15\\n' > {binary}; chmod +x {binary}"
    machine.script("apt-get", body)
    host = machine.host()
    assert setup(lines.append, host=host, parts=[Redis()])[0].state == "missing"
    assert not [call for call in machine.calls if call.startswith("apt-get")]
    [status] = setup(lines.append, host=host, parts=[Redis()], only=["redis"])
    assert (status.state, status.version) == ("found", "7.0.15")
