"""The pytest plugin: each cell of a suite is a test, and nothing happens uninvited."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests import ROOT

NAME = "harness.compose.pytest_impressions"
SQLITE = ROOT / "examples" / "sqlite" / "target.toml"

pytestmark = pytest.mark.slow


def cell(verdict: str, reason: str = "", *findings: dict[str, Any]) -> dict[str, Any]:
    return {"verdict": verdict, "reason": reason, "findings": list(findings)}


LOST = {"check": "nothing_lost", "verdict": "fail", "summary": "1 of 9", "examples": ["ann/a7"]}
OUTCOMES = {
    "load[w=1]": cell("pass"),
    "kill[w=1]": cell("fail", "nothing_lost: 1 of 9", LOST),
    "page[b=2]": cell("not run", "the target does not offer a page"),
    "late[b=2]": cell("unknown", "[truth] cannot be read"),
}


def ran(folder: Path, *options: str, conftest: str = "") -> tuple[int, str]:
    (folder / "conftest.py").write_text(conftest)
    (folder / "test_own.py").write_text("def test_own():\n    assert True\n")
    argv = [sys.executable, "-m", "pytest", "-p", NAME, "-p", "no:cacheprovider", "-v", "-rs"]
    done = subprocess.run(
        [*argv, "--rootdir", str(folder), *options],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
    )
    return done.returncode, done.stdout + done.stderr


def test_each_cell_is_a_test_with_its_verdict(tmp_path: Path) -> None:
    conftest = (
        f"import {NAME} as plugin\n"
        f"OUTCOMES = {OUTCOMES!r}\n"
        "plugin._planned = lambda config: [*OUTCOMES, 'gone[c=3]']\n"
        "plugin._outcomes = lambda config: OUTCOMES\n"
    )
    (tmp_path / "target.toml").write_text("")
    code, words = ran(tmp_path, "--impressions", "target.toml", conftest=conftest)
    assert code == 1
    assert "3 failed, 2 passed, 1 skipped" in words
    assert "nothing_lost: 1 of 9\n  ann/a7" in words
    assert "undecided: [truth] cannot be read" in words
    assert "undecided: the suite left no result of it" in words
    assert "the target does not offer a page" in words
    assert "Traceback" not in words


def test_without_the_option_nothing_is_added(tmp_path: Path) -> None:
    code, words = ran(tmp_path)
    assert (code, "1 passed" in words) == (0, True), words


def test_the_cells_of_a_target_are_collected_by_name(tmp_path: Path) -> None:
    code, words = ran(tmp_path, f"--impressions={SQLITE}", "--collect-only", "-q")
    assert code == 0, words
    assert "killed_server[" in words
    assert "first_visit[browser=chromium,preset=own]" in words


@pytest.mark.parametrize(
    ("text", "expected"), [(None, "there is no such file"), ("format = 2\n", "target.toml")]
)
def test_a_mistake_in_the_file_is_one_line(text: str | None, expected: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "target.toml").write_text(text)
    code, words = ran(tmp_path, "--impressions", "target.toml")
    assert code == 4, words
    assert expected in words
    assert "Traceback" not in words


def test_it_is_an_entry_point_of_its_own_name() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert json.dumps(project["entry-points"]["pytest11"]) == json.dumps({NAME: NAME})
