"""A child imports the harness that started it, and nothing from its current folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core import environment
from harness.core.environment import ROOT, child_environment
from tests.hostile import make_hostile

_IMPORTS = "import typing, harness, servers; print(harness.__file__)"


def test_a_folder_full_of_namesakes_changes_nothing(tmp_path: Path) -> None:
    folder = make_hostile(tmp_path / "folder")
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTS],
        cwd=folder,
        env=child_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).parent.parent == ROOT


def test_folders_of_the_user_s_stay_and_mean_the_same_elsewhere() -> None:
    given = {"PYTHONPATH": os.pathsep.join(["mine", "", "/theirs"]), "HOME": "/ann"}
    found = child_environment(given)
    folders = found["PYTHONPATH"].split(os.pathsep)
    assert folders[:2] == [str(Path.cwd() / "mine"), "/theirs"]
    assert found["HOME"] == "/ann"
    assert given["PYTHONPATH"].startswith("mine")


@pytest.mark.parametrize("is_installed", [True, False])
def test_a_checkout_is_named_and_what_is_installed_is_found_anyway(
    monkeypatch: pytest.MonkeyPatch, is_installed: bool
) -> None:
    folder = str(ROOT) if is_installed else "/elsewhere"
    monkeypatch.setattr(environment.site, "getsitepackages", lambda: [folder])
    found = child_environment({})
    assert found.get("PYTHONPATH") == (None if is_installed else str(ROOT))
    assert found["PYTHONSAFEPATH"] == "1"
