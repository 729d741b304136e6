"""An example is tried by its target file alone, in a copy of its folder with what it needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests import ROOT

EXAMPLES = ROOT / "examples"
_NO_NETWORK = (
    "ENOTFOUND",
    "ECONNREFUSED",
    "ETIMEDOUT",
    "EAI_AGAIN",
    "Temporary failure in name resolution",
    "Network is unreachable",
)
_NOT_COPIED = ("node_modules", ".venv", "__pycache__", "collector", "runs")


class Outcome(NamedTuple):
    """How a run of one cell ended: its exit code, the cell in verdict.json, all that it printed."""

    code: int
    cell: Mapping[str, Any]
    output: str

    def finding(self, check: str) -> Mapping[str, Any]:
        [found] = [one for one in self.cell["findings"] if one["check"] == check]
        return found


def copied(name: str, folder: Path) -> Path:
    """Return a copy of an example's folder, without what a user of the checkout installed there."""

    def left_out(directory: str, names: list[str]) -> set[str]:
        return {one for one in names if one in _NOT_COPIED}

    shutil.copytree(EXAMPLES / name, folder / name, ignore=left_out)
    return folder / name


def program(name: str, why: str, *more: str) -> str:
    """Return where a program is; skip the test, saying so, where the machine has none."""
    found = shutil.which(name) or next((one for one in more if Path(one).is_file()), None)
    if found is None:
        pytest.skip(f"{name} is not on this machine: {why} is not tried")
    return found


def prepared(argv: Sequence[str], folder: Path) -> None:
    """Run what the example's file says that it needs; skip where no registry can be reached."""
    ended = subprocess.run(
        argv, cwd=folder, capture_output=True, text=True, timeout=400, check=False
    )
    words = ended.stdout + ended.stderr
    if ended.returncode and any(one in words for one in _NO_NETWORK):
        pytest.skip(f"{argv[0]} reaches no registry: {folder.name} is not tried")
    assert ended.returncode == 0, words


def verdict(
    scenario: str, file: Path, out: Path, *options: str, env: Mapping[str, str] | None = None
) -> Outcome:
    """Run one cell of a scenario against a target file."""
    argv = [sys.executable, "-m", "harness", "run", scenario, "--target", str(file), *options]
    argv += ["--out", str(out), "--no-history", "--json"]
    environment = {**os.environ, **(env or {})}
    ended = subprocess.run(
        argv, capture_output=True, text=True, timeout=500, check=False, env=environment, cwd=ROOT
    )
    assert ended.stdout, ended.stderr
    [cell] = json.loads(ended.stdout)["cells"]
    return Outcome(ended.returncode, cell, ended.stdout + ended.stderr)


def check(file: Path, *, env: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Return the exit code of `harness target check` and what it printed."""
    argv = [sys.executable, "-m", "harness", "target", "check", str(file)]
    environment = {**os.environ, **(env or {})}
    ended = subprocess.run(
        argv, capture_output=True, text=True, timeout=300, check=False, env=environment, cwd=ROOT
    )
    return ended.returncode, ended.stdout + ended.stderr
