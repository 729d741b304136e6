"""`harness simulate` prints what came of the walks, and ends with the code of the verdict."""

from __future__ import annotations

import json
from pathlib import Path

from harness.core.errors import ExitCode
from tests.harness.cli.shell import harness_here


def test_sound_walks_end_in_pass(tmp_path: Path) -> None:
    done = harness_here("simulate", "--walks", "300", "--out", str(tmp_path))
    assert done.returncode == ExitCode.PASS, done.stderr
    assert done.stdout.startswith("pass: 300 walks")
    assert "state     adoption" in done.stdout


def test_the_roadmap_fails_and_says_where_the_smallest_walk_is(tmp_path: Path) -> None:
    done = harness_here(
        "simulate", "--walks", "100", "--preset", "roadmap", "--json", "--out", str(tmp_path)
    )
    assert done.returncode == ExitCode.FAIL, done.stderr
    found = json.loads(done.stdout)
    assert found["verdict"] == "fail"
    assert Path(found["checks"]["nothing_lost"]["smallest"]).exists()


def test_a_missing_node_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    done = harness_here("simulate", "--out", str(tmp_path), HARNESS_NODE="/no/such/node")
    assert done.returncode == ExitCode.HARNESS
    assert "Node.js is missing" in done.stderr
