"""A random walk against a page that never adopts: red, the right fate, and a few steps left."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.setup import find_chromium, find_toxiproxy
from scenarios.concurrency.walker import read_walks
from tests import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.stack,
    pytest.mark.skipif(
        find_chromium() is None or find_toxiproxy() is None,
        reason="Chromium or Toxiproxy is missing; `harness setup` brings them",
    ),
]


def walk(out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "harness", "walk", "--json", "--out", str(out), *more),
            *("--target", "tests/defects/never_adopts.toml"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )


def test_a_walk_finds_a_queue_that_nobody_adopts_and_shrinks_to_what_it_takes(
    tmp_path: Path,
) -> None:
    """The walk's pages send nothing by themselves, so that what they leave must be adopted."""
    done = walk(tmp_path, "--seed", "1", "--walk", "0")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    whole, smallest = json.loads(done.stdout)["cells"]
    for cell in (whole, smallest):
        assert cell["verdict"] == "fail"
        assert "lost_unacked" in cell["fates"]
        failed = {f["check"] for f in cell["findings"] if f["verdict"] == "fail"}
        assert failed <= {"nothing_lost", "every_view_carried"}
    [left] = read_walks(next(tmp_path.glob("*-walk/smallest.json")))
    names = [step.name for step in left.steps]
    assert names[0] == "open"
    assert "view" in names
    assert len(names) <= 5, names
    assert "steps still fail" in done.stderr

    again = walk(tmp_path, "--steps", str(next(tmp_path.glob("*-walk/smallest.json"))))
    assert again.returncode == 1, again.stderr
