"""Tags of owners, and what the sweep takes away and what not."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import psutil
import pytest

from harness.process import tags
from harness.process.tags import owner_is_alive, owner_tag, sweep_leftovers


@pytest.fixture
def own_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_sweep_never_removes_a_directory_that_is_not_a_scratch(own_tmp: Path) -> None:
    """A clone, say: /tmp/impression-harness-my-clone."""
    clone = own_tmp / "impression-harness-my-clone"
    clone.mkdir()
    (clone / "thesis.txt").write_text("ten years of work")
    tags.sweep_leftovers()
    assert (clone / "thesis.txt").exists()


def test_a_foreign_name_does_not_stop_the_sweep(own_tmp: Path) -> None:
    (own_tmp / "impression-harness-main").mkdir()
    tags.sweep_leftovers()


def test_a_step_of_the_wall_clock_makes_no_neighbour_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """psutil's create_time is boot time + ticks, and the boot time moves when the clock is set."""
    tag = tags.owner_tag()
    real = psutil._psplatform.boot_time
    psutil.Process(os.getpid())
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: real() + 1.0)
    assert tags.owner_is_alive(tag)


def test_what_a_dead_harness_s_second_owner_left_is_swept() -> None:
    with subprocess.Popen(["sleep", "0"]) as owner:
        tag = owner_tag(owner.pid)
        owner.wait()
    left = Path(tempfile.mkdtemp(prefix=f"impression-harness-scratch-{tag}-2-test-"))
    sweep_leftovers()
    assert not left.exists()


def test_a_tag_tells_two_lives_of_one_process_id_apart() -> None:
    assert owner_is_alive(owner_tag())
    pid, _, birth = owner_tag().partition("-")
    assert not owner_is_alive(f"{pid}-{int(birth) - 1}")
    assert not owner_is_alive("nonsense")
