"""A folder that is mounted noexec is seen, and another one is taken."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.core.errors import HarnessError
from harness.core.executable import executable_folder, may_run_programs


@pytest.fixture
def noexec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that this process believes to be mounted noexec."""
    folder = tmp_path / "noexec"
    folder.mkdir()

    def statvfs(path: Path) -> SimpleNamespace:
        is_noexec = Path(path).is_relative_to(folder)
        return SimpleNamespace(f_flag=os.ST_NOEXEC if is_noexec else 0)

    monkeypatch.setattr(os, "statvfs", statvfs)
    return folder


def test_a_folder_that_runs_programs_is_the_one_that_is_used(tmp_path: Path) -> None:
    assert may_run_programs(tmp_path)
    with executable_folder(tmp_path) as folder:
        assert folder == tmp_path
    assert tmp_path.is_dir()


def test_another_folder_is_made_where_programs_may_run_and_goes_again(
    noexec: Path, tmp_path: Path
) -> None:
    assert not may_run_programs(noexec)
    places = [noexec / "gone", noexec, tmp_path]
    with executable_folder(noexec, places) as folder:
        assert folder.parent == tmp_path
    assert not folder.exists()


def test_where_no_folder_will_do_the_error_says_which_variable_fixes_it(noexec: Path) -> None:
    with (
        pytest.raises(HarnessError, match="mounted noexec") as error,
        executable_folder(noexec, [noexec]),
    ):
        pass
    assert "TMPDIR" in error.value.hint
