"""From a name to a target: adapters, versions whose hash is known, and what is refused."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from harness.compose.clients import adapters
from harness.compose.clients.adapters import LOCK, client_target, known_clients, locked
from harness.core.errors import HarnessError, UsageError
from harness.setup.host import Host
from harness.target.client.file import read_client_file
from harness.target.system import system_named
from tests.harness.setup.fake_host import FakeHost

needs_node = pytest.mark.skipif(
    not (shutil.which("node") and shutil.which("npm")), reason="node or npm is not on PATH"
)

MINE = """
export const client = {
  endpoint: "/in/", promise: "at-most-once", settings: { default: {}, eager: { wait: 1 } },
};
export const start = () => ({ track() {}, flush() {} });
export const read = () => [];
export const answer = () => ({ status: 200 });
"""


def here(tmp_path: Path) -> Host:
    """This machine with a home of the test's own."""
    host = Host.here()
    return Host(
        env={**host.env, "XDG_CACHE_HOME": str(tmp_path / "cache")},
        system=host.system,
        is_root=host.is_root,
        home=tmp_path / "home",
        root=host.root,
    )


@needs_node
def test_an_adapter_of_one_s_own_is_a_target(tmp_path: Path) -> None:
    path = tmp_path / "mine.mjs"
    path.write_text(MINE)
    target = client_target(str(path), host=here(tmp_path))
    assert (target.name, target.server_module) == ("mine", "servers.collector")
    assert not target.table.unique
    facts = read_client_file(Path(target.server_arguments[1]))
    assert (facts.adapter, facts.package, facts.script) == (str(path), "", "")
    assert system_named(target.system).settings == ("default", "eager")


@needs_node
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("export const read", "const read"), "does not export read"),
        (('"/in/"', '"in"'), "must begin with /"),
        (("at-most-once", "surely"), "'surely' is no promise of delivery"),
        (("endpoint", "endpiont"), "client: .*endpiont"),
        (("export const client = {", "nonsense ! {"), "is no adapter"),
    ],
)
def test_an_adapter_that_is_wrong_is_refused_in_one_line(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    path = tmp_path / "mine.mjs"
    path.write_text(MINE.replace(*change))
    with pytest.raises(UsageError, match=message) as refused:
        client_target(str(path), host=here(tmp_path))
    assert "\n" not in str(refused.value)


def test_what_does_not_exist_is_refused_by_name(tmp_path: Path) -> None:
    host = FakeHost(tmp_path).host()
    with pytest.raises(UsageError, match=r"none\.mjs: there is no such file"):
        client_target("none.mjs", host=host)
    with pytest.raises(UsageError, match="no adapter for 'posthog'") as refused:
        client_target("posthog", host=host)
    assert "posthog-js" in refused.value.hint


def test_without_node_the_command_that_brings_it_is_named(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("apt-get", "exit 0")
    with pytest.raises(HarnessError, match="needs Node and npm: no npm and no node") as error:
        client_target("posthog-js", host=machine.host())
    assert error.value.hint == "harness setup --only npm"


@needs_node
def test_a_version_whose_hash_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"posthog-js@0\.0\.1: the hash of this version") as no:
        client_target("posthog-js@0.0.1", host=here(tmp_path))
    assert "1.449.2" in no.value.hint


@needs_node
def test_a_registry_that_cannot_be_reached_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters.NpmPackage, "fetch", lambda *_: "npm pack: exit 1: no such host")
    with pytest.raises(HarnessError, match="cannot be fetched: npm pack: exit 1: no such host"):
        client_target("@plausible-analytics/tracker", host=here(tmp_path))


def test_every_adapter_is_known_by_its_package_and_has_a_version() -> None:
    found = known_clients()
    assert {"posthog-js", "snowplow", "amplitude", "plausible"} <= set(found)
    packages = {"posthog-js", "@snowplow/browser-tracker", "@amplitude/analytics-browser"}
    assert packages | {"@plausible-analytics/tracker"} <= set(found)
    for name in packages:
        assert all(one.startswith("sha512-") for one in locked(name).values())
        assert len(locked(name)) >= 1


def test_the_lock_names_no_registry() -> None:
    assert not re.search(r"https?:|\.(org|com|io)\b", LOCK.read_text())
