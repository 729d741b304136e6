"""A plain pytest of this checkout makes a plan of its own; no other pytest gets the plugin."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from harness.ledger.stored import read_plan
from tests import ROOT

pytestmark = pytest.mark.slow


def plain_pytest(folder: Path, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_scenario_has_its_durable_arms_and_a_suite_in_the_current_folder(tmp_path: Path) -> None:
    file = str(ROOT / "scenarios" / "browsers" / "test_first_visit.py")
    output = plain_pytest(tmp_path, file, "--collect-only", "-q")
    assert "test_first_visit[browser=chromium,preset=durable-seed1]" in output, output
    assert "preset=roadmap" not in output
    [directory] = (tmp_path / "runs").iterdir()
    assert read_plan(directory).suite == "pytest"


def test_a_cell_that_cannot_run_here_is_skipped_with_the_reason(tmp_path: Path) -> None:
    file = str(ROOT / "scenarios" / "browsers" / "test_first_visit.py")
    chromium = {"HARNESS_CHROMIUM": "/no/such/browser"}
    output = plain_pytest(tmp_path, file, "-k", "chromium", "-rs", **chromium)
    reasons = [line for line in output.splitlines() if line.startswith("SKIPPED")]
    assert reasons, output
    assert all(line.endswith("chromium missing") for line in reasons), output
    assert not re.search(r"\d+ (passed|failed|error)", output), output


def test_it_is_no_entry_point() -> None:
    """The one that is adds ``--impressions`` alone, and is loaded by every pytest beside it."""
    found = {
        entry.value
        for entry in distribution("impression-harness").entry_points
        if entry.group == "pytest11"
    }
    assert found == {"harness.compose.pytest_impressions"}
