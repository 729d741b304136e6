"""`harness simulate` prints what came of the walks, and ends with the code of the verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.core.errors import ExitCode
from harness.setup import available
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


def test_a_missing_disk_is_not_run_and_says_what_brings_it(tmp_path: Path) -> None:
    arguments = ("simulate", "--disk", "fake-indexeddb", "--out", str(tmp_path))
    missing = {"HARNESS_FAKE_INDEXEDDB": "/no/such/folder"}
    done = harness_here(*arguments, **missing)
    assert done.returncode == ExitCode.NOTHING_RAN, done.stderr
    assert done.stdout.startswith("not run: fake-indexeddb is missing: HARNESS_FAKE_INDEXEDDB")
    assert "harness setup --only fake-indexeddb" in done.stdout
    found = json.loads(harness_here(*arguments, "--json", **missing).stdout)
    assert (found["verdict"], found["fix"]) == (
        "not run",
        "harness setup --only fake-indexeddb",
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not available("fake-indexeddb"), reason="fake-indexeddb is not here")
def test_walks_are_compared_on_another_disk(tmp_path: Path) -> None:
    done = harness_here(
        *("simulate", "--walks", "20", "--disk", "fake-indexeddb", "--json"),
        *("--out", str(tmp_path)),
    )
    assert done.returncode == ExitCode.PASS, done.stderr
    assert json.loads(done.stdout)["disk"] == "fake-indexeddb"
