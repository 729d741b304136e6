"""A package of npm: fetched without its scripts, held to its hash, kept when it is whole."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from harness.setup.npm import NpmPackage, field_of, integrity_of
from tests.harness.setup.fake_host import FakeHost


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "registry.tgz"
    text = json.dumps({"version": "1.0.0", "license": "MIT"})
    with tarfile.open(path, "w:gz") as packed:
        member = tarfile.TarInfo("package/package.json")
        member.size = len(text)
        packed.addfile(member, io.BytesIO(text.encode()))
    return path


def fetched(machine: FakeHost, integrity: str) -> tuple[str, Path]:
    host = machine.host()
    package = NpmPackage(name="@some/client", version="1.0.0", integrity=integrity)
    home, npm = package.home(host.cache), host.which("npm")
    assert npm
    return package.fetch(npm, home, {"HOME": str(host.home), **host.env}), home


def test_it_is_unpacked_below_a_name_without_a_slash(tmp_path: Path, archive: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("npm", f'cat "{archive}" > some-client-1.0.0.tgz')
    reason, home = fetched(machine, integrity_of(archive))
    assert reason == ""
    assert home.name == "@some+client-1.0.0"
    assert field_of(home, "license") == "MIT"
    assert field_of(home, "homepage") == "unknown"
    assert machine.calls == ["npm pack --ignore-scripts @some/client@1.0.0"]


def test_another_hash_is_not_unpacked(tmp_path: Path, archive: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("npm", f'cat "{archive}" > some-client-1.0.0.tgz')
    reason, home = fetched(machine, "sha512-other")
    assert reason.endswith(f"has the hash {integrity_of(archive)}, not sha512-other")
    assert not home.exists()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo no such host >&2; exit 1", "npm pack: exit 1: no such host"),
        ("exit 0", "npm pack: it wrote no archive"),
    ],
)
def test_npm_that_fails_is_the_reason(tmp_path: Path, script: str, reason: str) -> None:
    machine = FakeHost(tmp_path)
    machine.script("npm", script)
    assert fetched(machine, "sha512-any")[0] == reason
