"""Places of defects of larger topologies: which server it is, and text that is there once."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

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
