"""What a planner asks of a machine: is a part here, and which command brings it?"""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.setup import machine
from harness.setup.machine import ThisMachine


def test_a_part_that_is_here_needs_no_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    browser = tmp_path / "chromium"
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o755)
    monkeypatch.setenv("HARNESS_CHROMIUM", str(browser))
    assert ThisMachine().fix("chromium") is None


def test_a_part_that_is_missing_has_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HARNESS_CHROMIUM", "/no/such/browser")
    assert ThisMachine().fix("chromium") == "harness setup --only chromium"
    assert ThisMachine().fix("unheard-of") == "harness setup --only unheard-of"


def test_a_part_is_looked_for_once_however_many_cells_need_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(machine, "available", lambda part: asked.append(part) or True)
    here = ThisMachine()
    assert [here.fix(part) for part in ("toxiproxy", "packets", "toxiproxy")] == [None] * 3
    assert asked == ["toxiproxy", "packets"]
