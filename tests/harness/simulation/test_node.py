"""The simulation runs in Playwright's Node.js, or in one that is named; none is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import MissingPart
from harness.simulation.node import OVERRIDE, find_node


def test_playwright_brings_one() -> None:
    assert find_node().is_file()


def test_another_may_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.touch()
    monkeypatch.setenv(OVERRIDE, str(node))
    assert find_node() == node


def test_a_missing_one_says_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OVERRIDE, "/no/such/node")
    with pytest.raises(MissingPart, match="/no/such/node") as caught:
        find_node()
    assert "playwright" in caught.value.hint
