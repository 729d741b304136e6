"""What the parts need of a machine is looked at, and what it lacks comes with its remedy."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import socket
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.setup import needs
from harness.setup.needs import machine_needs
from harness.setup.part import PartStatus
from tests.harness.setup.fake_host import FakeHost


@pytest.fixture
def machine(tmp_path: Path) -> FakeHost:
    fake = FakeHost(tmp_path / "machine", is_root=False)
    (fake.directory / "root" / "dev" / "shm").mkdir(parents=True)
    (fake.directory / "tmp").mkdir()
    fake.bin.mkdir()
    fake.script("unshare", "exit 0")
    return fake


def looked(fake: FakeHost, name: str, **env: str) -> PartStatus:
    env = {"TMPDIR": str(fake.directory / "tmp"), **env}
    [found] = [need for need in machine_needs(fake.host(**env)) if need.name == name]
    assert (found.state == "found") == (not found.fix)
    return found


def test_a_machine_that_has_everything_is_left_as_it_was(machine: FakeHost) -> None:
    for name in ("scratch", "descriptors", "shared memory", "user namespaces"):
        assert looked(machine, name).state == "found", looked(machine, name).detail
    assert list((machine.directory / "tmp").iterdir()) == []


def test_a_scratch_space_that_is_not_there_or_full_is_named(
    machine: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = looked(machine, "scratch", TMPDIR="/no/such/folder")
    assert "/no/such/folder: No such file" in gone.detail
    assert "TMPDIR=" in gone.fix
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=100 * needs.MIB))
    assert "100 MiB are free" in looked(machine, "scratch").detail
    assert "size=1g" in looked(machine, "shared memory").fix


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_scratch_space_that_runs_no_program_is_named_with_the_mount_that_lets_it(
    machine: FakeHost,
) -> None:
    folder = machine.directory / "tmp"
    mount = ["mount", "-t", "tmpfs", "-o", "noexec,size=4g", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nothing be mounted")
    try:
        found = looked(machine, "scratch")
    finally:
        subprocess.run(["umount", str(folder)], check=True)
    assert "Permission denied" in found.detail
    assert f"remount,exec {folder}" in found.fix


def test_too_few_descriptors_are_named_with_their_limit(
    machine: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (256, 4096))
    assert looked(machine, "descriptors").fix == "ulimit -n 1024"
    monkeypatch.setattr(resource, "getrlimit", lambda which: (256, 256))
    assert "prlimit" in looked(machine, "descriptors").fix


def test_sandboxes_need_namespaces_that_a_machine_may_forbid(machine: FakeHost) -> None:
    machine.script("unshare", "echo 'unshare failed: Operation not permitted' >&2; exit 1")
    found = looked(machine, "user namespaces")
    assert "Operation not permitted" in found.detail
    assert "sysctl" in found.fix


def test_a_display_is_there_when_a_server_listens_at_it(machine: FakeHost) -> None:
    assert "DISPLAY is not set" in looked(machine, "display").detail
    assert "no server listens at :7.0" in looked(machine, "display", DISPLAY=":7.0").detail
    place = machine.directory / "root" / "tmp" / ".X11-unix"
    place.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as server, contextlib.chdir(place):
        server.bind("X7")
        assert looked(machine, "display", DISPLAY=":7.0").state == "found"
        runtime = {"WAYLAND_DISPLAY": "X7", "XDG_RUNTIME_DIR": str(place)}
        assert looked(machine, "display", **runtime).state == "found"
    gone = {"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": str(place)}
    assert "xvfb-run" in looked(machine, "display", **gone).fix
