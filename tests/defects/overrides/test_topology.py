"""Places of defects of larger topologies: which server it is, and text that is there once."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from defects.overrides import topology
from defects.overrides.topology import is_second_server, rewritten


def test_only_the_second_of_several_servers_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    for argv, is_second in {
        ("server", "--ready-file", "/x/ingest-1-ready.json"): False,
        ("server", "--ready-file", "/x/ingest-ready.json"): False,
        ("server", "--ready-file", "/x/ingest-2-ready.json"): True,
    }.items():
        monkeypatch.setattr(sys, "argv", list(argv))
        assert is_second_server() is is_second


def test_text_is_replaced_where_it_is_there_once(tmp_path: Path) -> None:
    made = SimpleNamespace(configuration=tmp_path / "cfg")
    made.configuration.write_text("one\ntwo\ntwo\n")
    rewritten(made, "one\n", "three\n")
    assert made.configuration.read_text() == "three\ntwo\ntwo\n"
    for old in ("one\n", "two\n"):
        with pytest.raises(ValueError, match="not once"):
            rewritten(made, old, "four\n")


class Session:
    """A shard on which one more row is found at every look, if any come."""

    number = 0

    def __init__(self, *, grows: bool) -> None:
        self.received: list[str] = []
        self._grows = grows

    def ask(self, query: str, *parameters: object) -> list[tuple[int]]:
        self.received.append(query)
        return [(len(self.received) if self._grows else 1,)]


@pytest.mark.parametrize("grows", [True, False])
def test_the_subscription_stands_still_meanwhile(
    *, grows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topology, "MORE_S", 0.05)
    source: Any = Session(grows=grows)
    target: Any = Session(grows=grows)
    topology.fall_behind(source, target, 4)
    assert target.received == ["ALTER SUBSCRIPTION bucket_move_0_0 DISABLE"]
    assert len(source.received) >= 2


def test_time_passes() -> None:
    began_s = time.monotonic()
    topology.wait_s(0.05)
    assert time.monotonic() - began_s >= 0.05
