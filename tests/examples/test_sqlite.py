"""The example in SQLite is under test through its target file alone, and its defect is found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import ROOT

SQLITE = ROOT / "examples" / "sqlite"

pytestmark = [pytest.mark.stack, pytest.mark.slow]


def verdict(scenario: str, file: str, out: Path) -> tuple[int, dict[str, Any]]:
    argv = [sys.executable, "-m", "harness", "run", scenario, "--target", str(SQLITE / file)]
    argv += ["--out", str(out), "--no-history", "--json"]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=500, check=False)
    [cell] = json.loads(ended.stdout)["cells"]
    return ended.returncode, cell


def test_the_sound_one_keeps_what_it_acknowledged_when_it_is_killed(tmp_path: Path) -> None:
    code, cell = verdict("killed_server", "target.toml", tmp_path)
    assert (code, cell["verdict"]) == (0, "pass"), cell["reason"]
    findings = {one["check"]: one for one in cell["findings"]}
    assert findings["nothing_lost"]["verdict"] == "pass"
    assert findings["nothing_twice"]["verdict"] == "not run"
    assert "under at-least-once delivery" in findings["nothing_twice"]["summary"]


def test_the_one_that_answers_early_is_found_by_the_right_name(tmp_path: Path) -> None:
    code, cell = verdict("killed_server", "answers-early.toml", tmp_path)
    assert (code, cell["verdict"]) == (1, "fail"), cell["reason"]
    assert cell["fates"].get("lost_acked", 0) > 0
    assert "lost_acked" in cell["reason"]
