"""Servers of the distribution: found under each name, unpacked or installed without a service."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.setup import doctor, setup
from harness.setup.parts.servers import (
    ALERTMANAGER,
    HAPROXY,
    PGBOUNCER,
    PROMETHEUS,
    REDIS,
    DistributionServer,
)
from tests.harness.setup.fake_host import FakeHost, write_script

GO = 'echo "{}, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0)"'
KNOWN = 'for package; do echo "$package:"; echo "  Candidate: 2"; done'


@pytest.mark.parametrize(
    ("command", "says", "version"),
    [
        ("redis-server", "Redis server v=7.0.15 sha=0 malloc=jemalloc-5.3.0 bits=64", "7.0.15"),
        ("valkey-server", "Valkey server v=8.1.4 sha=0 malloc=jemalloc-5.3.0 bits=64", "8.1.4"),
    ],
)
def test_redis_is_found_under_either_name(
    tmp_path: Path, command: str, says: str, version: str
) -> None:
    machine = FakeHost(tmp_path)
    path = machine.script(command, f'echo "{says}"')
    [status] = doctor(host=machine.host(), parts=[REDIS])[:1]
    assert (status.state, status.version, status.where) == ("found", version, str(path))


@pytest.mark.parametrize(
    ("part", "command", "tool"),
    [
        (PROMETHEUS, "prometheus", "promtool"),
        (ALERTMANAGER, "prometheus-alertmanager", "amtool"),
        (ALERTMANAGER, "alertmanager", "amtool"),
    ],
)
def test_one_with_a_tool_is_found_with_it_alone(
    tmp_path: Path, part: DistributionServer, command: str, tool: str
) -> None:
    machine = FakeHost(tmp_path)
    path = machine.script(command, GO.format(command))
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


@pytest.mark.parametrize(
    ("part", "says", "version"),
    [
        (HAPROXY, "HAProxy version 2.6.12-1+deb12u4 2026/10/17", "2.6.12-1+deb12u4"),
        (PGBOUNCER, "PgBouncer 1.18.0", "1.18.0"),
    ],
)
def test_what_administrators_have_is_found_though_it_is_not_on_the_path(
    tmp_path: Path, part: DistributionServer, says: str, version: str
) -> None:
    machine = FakeHost(tmp_path)
    path = tmp_path / "root" / "usr" / "sbin" / part.name
    write_script(path, f'[ "$1" = {part.ask} ] && echo "{says}"')
    [status] = doctor(host=machine.host(), parts=[part])[:1]
    assert (status.state, status.version, status.where) == ("found", version, str(path))


@pytest.mark.parametrize("part", [PROMETHEUS, ALERTMANAGER, REDIS, HAPROXY, PGBOUNCER])
def test_one_that_does_not_run_is_missing(tmp_path: Path, part: DistributionServer) -> None:
    machine = FakeHost(tmp_path)
    if part.tool:
        machine.script(part.tool, "exit 0")
    machine.script(part.commands[0], "echo no such library >&2; exit 127")
    [status] = doctor(host=machine.host(), parts=[part])[:1]
    assert status.state == "missing"
    assert "no such library" in status.detail


def test_a_machine_without_them_gets_the_command(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path, is_root=False)
    machine.script("apt-get", "exit 0")
    statuses = doctor(host=machine.host(), parts=[PROMETHEUS, REDIS])[:2]
    assert [status.fix for status in statuses] == [
        "harness setup --only prometheus",
        "sudo apt-get install --no-install-recommends redis-server",
    ]
    assert statuses[1].detail == "no redis-server or valkey-server on PATH"
    (tmp_path / "mac").mkdir()
    mac = FakeHost(tmp_path / "mac", is_root=False, system="Darwin")
    statuses = doctor(host=mac.host(), parts=[ALERTMANAGER, REDIS])[:2]
    assert [status.fix for status in statuses] == [
        "brew install alertmanager",
        "brew install redis",
    ]


def test_one_that_would_start_a_service_is_installed_only_when_it_is_asked_for(
    tmp_path: Path,
) -> None:
    machine, lines = FakeHost(tmp_path), list[str]()
    machine.script("apt-cache", 'echo "redis-server:"; echo "  Candidate: 7"')
    binary = tmp_path / "bin" / "redis-server"
    body = f"printf '#!/bin/sh\\necho Redis server v=7.0.15\\n' > {binary}; chmod +x {binary}"
    machine.script("apt-get", body)
    host = machine.host()
    assert setup(lines.append, host=host, parts=[REDIS])[0].state == "missing"
    assert not [call for call in machine.calls if call.startswith("apt-get")]
    [status] = setup(lines.append, host=host, parts=[REDIS], only=["redis"])
    assert (status.state, status.version) == ("found", "7.0.15")


def test_set_up_unpacks_a_package_without_installing_it(tmp_path: Path) -> None:
    machine, lines = debian(tmp_path, is_root=False), list[str]()
    [status] = setup(lines.append, host=machine.host(), parts=[PROMETHEUS])
    assert (status.state, status.version) == ("found", "2.42.0+ds")
    cache = machine.host().cache / "packages"
    assert status.where == str(cache / "prometheus" / "usr" / "bin" / "prometheus")
    assert [path.name for path in cache.iterdir()] == ["prometheus"]  # nothing half made
    [call] = [call for call in machine.calls if call.startswith("apt-get")]
    assert call.endswith("download prometheus")
    assert setup(lines.append, host=machine.host(), parts=[PROMETHEUS]) == [status]
    assert len([call for call in machine.calls if call.startswith("apt-get")]) == 1


def test_one_that_opens_its_files_below_usr_finds_them_where_it_was_unpacked(
    tmp_path: Path,
) -> None:
    machine, lines = debian(tmp_path, is_root=False), list[str]()
    package = tmp_path / "package" / "usr"
    opens = "read -r line < /usr/share/prometheus/alertmanager/default.tmpl"
    write_script(
        package / "bin" / "prometheus-alertmanager", f'{opens}; echo "version 1.$line of $*"'
    )
    write_script(package / "bin" / "amtool", "exit 0")
    (package / "share" / "prometheus" / "alertmanager").mkdir(parents=True)
    (package / "share" / "prometheus" / "alertmanager" / "default.tmpl").write_text("25\n")
    [status] = setup(lines.append, host=machine.host(), parts=[ALERTMANAGER])
    assert (status.state, status.version) == ("found", "1.25")
    assert ALERTMANAGER.find(machine.host()) == Path(status.where)


def test_one_that_needs_libraries_starts_with_those_that_were_unpacked_beside_it(
    tmp_path: Path,
) -> None:
    machine, lines = debian(tmp_path, is_root=False), list[str]()
    package = tmp_path / "package" / "usr"
    write_script(
        package / "sbin" / "haproxy",
        'cat "${LD_LIBRARY_PATH%%:*}/liblua5.3.so.0" || exit 127; echo "HAProxy version 2.6 $*"',
    )
    libraries = package / "lib" / "x86_64-linux-gnu"
    libraries.mkdir(parents=True)
    (libraries / "liblua5.3.so.0").write_text("a library\n")
    [status] = setup(lines.append, host=machine.host(), parts=[HAPROXY])
    assert (status.state, status.version) == ("found", "2.6")
    calls = [call.rpartition(" ")[2] for call in machine.calls if " download " in call]
    assert calls == ["haproxy", *HAPROXY.libraries]
    assert HAPROXY.find(machine.host()) == Path(status.where)


def test_a_broken_one_in_the_cache_is_replaced(tmp_path: Path) -> None:
    machine, lines = debian(tmp_path, is_root=False), list[str]()
    cache = machine.host().cache / "packages" / "prometheus"
    for name in ("prometheus", "promtool"):
        write_script(cache / "usr" / "bin" / name, "exit 127")
    [status] = setup(lines.append, host=machine.host(), parts=[PROMETHEUS])
    assert (status.state, status.version) == ("found", "2.42.0+ds")


def test_lists_that_do_not_know_the_package_are_fetched_by_root_alone(tmp_path: Path) -> None:
    user, lines = debian(tmp_path, is_root=False), list[str]()
    user.script("apt-cache", "exit 0")
    [status] = setup(lines.append, host=user.host(), parts=[PROMETHEUS])
    assert status.state == "missing"
    assert status.detail == (
        "apt-get: no package prometheus in the package lists "
        "(apt-get update needs root and sudo asks for a password)"
    )
    (tmp_path / "root").mkdir()
    root = debian(tmp_path / "root", is_root=True)
    root.script("apt-cache", f"[ -e {root.directory}/lists ] || exit 0; shift; {KNOWN}")
    [status] = setup(lines.append, host=root.host(), parts=[PROMETHEUS])
    assert status.state == "found"


@pytest.mark.parametrize(
    ("command", "body", "reason"),
    [
        ("apt-get", "echo 'Could not resolve host' >&2; exit 100", "Could not resolve host"),
        ("dpkg-deb", "echo 'not a Debian archive' >&2; exit 2", "not a Debian archive"),
    ],
)
def test_what_cannot_be_unpacked_says_why(
    tmp_path: Path, command: str, body: str, reason: str
) -> None:
    machine, lines = debian(tmp_path, is_root=False), list[str]()
    machine.script(command, body)
    [status] = setup(lines.append, host=machine.host(), parts=[PROMETHEUS])
    assert status.state == "missing"
    assert reason in status.detail
    assert not list((machine.host().cache / "packages").iterdir())


def debian(directory: Path, *, is_root: bool) -> FakeHost:
    """Return a machine whose apt brings a package with Prometheus and promtool."""
    machine = FakeHost(directory, is_root=is_root)
    tree = directory / "package"
    for name in ("prometheus", "promtool"):
        write_script(tree / "usr" / "bin" / name, GO.format(name))
    machine.script("apt-cache", f"shift; {KNOWN}")
    machine.script(
        "apt-get",
        'case "$*" in *download*) touch prometheus_2_amd64.deb ;; '
        f"*update) touch {directory}/lists ;; esac",
    )
    copy = shutil.which("cp")
    machine.script("dpkg-deb", f'{copy} -R {tree} "$3"')
    return machine
