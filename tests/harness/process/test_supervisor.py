"""What is left behind, and what is taken away that is not ours."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import psutil
import pytest

from harness.core.wait import block_until
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import CLIENT, VIEWER
from harness.ledger.kinds.client import Recorded
from harness.ledger.kinds.viewer import ViewShown
from harness.process import processes


@pytest.fixture
def own_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_sweep_never_removes_a_directory_that_is_not_a_scratch(own_tmp: Path) -> None:
    """A clone, say: /tmp/impression-harness-my-clone."""
    clone = own_tmp / "impression-harness-my-clone"
    clone.mkdir()
    (clone / "thesis.txt").write_text("ten years of work")
    processes.sweep_leftovers()
    assert (clone / "thesis.txt").exists()


def test_a_foreign_name_does_not_stop_the_sweep(own_tmp: Path) -> None:
    (own_tmp / "impression-harness-main").mkdir()
    processes.sweep_leftovers()


def test_a_step_of_the_wall_clock_makes_no_neighbour_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """psutil's create_time is boot time + ticks, and the boot time moves when the clock is set."""
    tag = processes.owner_tag()
    real = psutil._psplatform.boot_time
    psutil.Process(os.getpid())
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: real() + 1.0)
    assert processes.owner_is_alive(tag)


def test_one_bad_row_does_not_silence_the_other_witnesses(tmp_path: Path) -> None:
    """An unpaired surrogate in a page's event: the flushing thread must survive it."""
    try:
        with Ledger(tmp_path) as ledger:
            ledger.witness(CLIENT).saw(Recorded(artworks=("\ud800",)))
            viewer = ledger.witness(VIEWER)
            block_until(
                "one flush passed",
                lambda: not ledger._thread.is_alive() or ledger.failure,
                timeout_s=60,
            )
            viewer.saw(ViewShown(user="u", tab="t", artwork="a"))
    except Exception as error:
        print(type(error), error)
    assert read_witness(tmp_path / "viewer.arrows").table.num_rows == 1
