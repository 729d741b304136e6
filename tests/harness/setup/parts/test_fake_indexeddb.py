"""fake-indexeddb: fetched with npm once, held to its hash, named where it is missing."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from harness.setup import doctor, find_part, setup
from harness.setup.npm import integrity_of
from harness.setup.parts.fake_indexeddb import (
    OVERRIDE,
    VERSION,
    FakeIndexedDB,
    cache_directory,
)
from tests.harness.setup.fake_host import FakeHost

FILES = {
    "package/package.json": json.dumps({"version": VERSION}),
    "package/build/cjs/FDBFactory.js": "",
}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A package as npm packs it."""
    path = tmp_path / "registry.tgz"
    with tarfile.open(path, "w:gz") as packed:
        for name, text in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            packed.addfile(member, io.BytesIO(text.encode()))
    return path


def npm_of(machine: FakeHost, archive: Path) -> None:
    machine.script("npm", f'cat "{archive}" > fake-indexeddb-{VERSION}.tgz')


def test_it_is_fetched_once(tmp_path: Path, archive: Path) -> None:
    machine, lines = FakeHost(tmp_path), list[str]()
    npm_of(machine, archive)
    host, part = machine.host(), FakeIndexedDB(integrity=integrity_of(archive))
    status = setup(lines.append, host=host, parts=[part])[0]
    assert (status.state, status.version) == ("found", VERSION)
    assert status.where == str(cache_directory(host))
    assert setup(lines.append, host=host, parts=[part])[0] == status
    assert machine.calls == [f"npm pack --ignore-scripts fake-indexeddb@{VERSION}"]
    assert [path.name for path in host.cache.iterdir()] == [cache_directory(host).name]
    assert find_part("fake-indexeddb", host=host) == cache_directory(host)


def test_another_package_is_not_unpacked(tmp_path: Path, archive: Path) -> None:
    machine = FakeHost(tmp_path)
    npm_of(machine, archive)
    host = machine.host()
    status = setup([].append, host=host, parts=[FakeIndexedDB()])[0]
    assert status.state == "missing"
    assert f"has the hash {integrity_of(archive)}, not sha512-mpVW" in status.detail
    assert list(host.cache.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "reason"),
    [("echo no such host >&2; exit 1", "npm pack: exit 1: no such host"), ("", "no archive")],
)
def test_a_registry_that_cannot_be_reached_is_the_reason(
    script: str, reason: str, tmp_path: Path
) -> None:
    machine = FakeHost(tmp_path)
    machine.script("npm", script)
    status = setup([].append, host=machine.host(), parts=[FakeIndexedDB()])[0]
    assert reason in status.detail
    assert status.fix == "harness setup --only fake-indexeddb"


def test_without_npm_it_comes_by_name_only_and_says_so(tmp_path: Path) -> None:
    host = FakeHost(tmp_path).host()
    assert not FakeIndexedDB().wanted(host)
    status = setup([].append, only=["fake-indexeddb"], host=host, parts=[FakeIndexedDB()])[0]
    assert "npm: not on PATH" in status.detail
    [row] = doctor(host=host, parts=[FakeIndexedDB()])[:1]
    assert (row.name, row.state) == ("fake-indexeddb", "missing")
    assert row.fix == "harness setup --only fake-indexeddb"


def test_an_override_counts_alone(tmp_path: Path, archive: Path) -> None:
    machine = FakeHost(tmp_path)
    npm_of(machine, archive)
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    assert FakeIndexedDB().find(machine.host(**{OVERRIDE: str(tmp_path / "package")}))
    host = machine.host(**{OVERRIDE: "/no/such/folder"})
    status = setup([].append, host=host, parts=[FakeIndexedDB()])[0]
    assert f"{OVERRIDE} chooses /no/such/folder" in status.detail
    assert FakeIndexedDB().look(host).state == "missing"
    assert machine.calls == []
