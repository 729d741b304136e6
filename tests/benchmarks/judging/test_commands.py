"""What a command takes is measured on a real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.judging.commands import took
from harness.core.errors import HarnessError
from tests.reports.ledgers import healthy

pytestmark = pytest.mark.slow


def test_a_command_is_measured(tmp_path: Path) -> None:
    run = healthy().write(tmp_path / "run")
    found = took(["explain", str(run), "ann/b"], 7, tmp_path / "log")
    assert (found.command, found.observations) == ("explain", 7)
    assert found.printed == "ann/b: recorded_once"
    assert 0 < found.cpu_s < 60
    assert found.elapsed_s > 0
    assert found.peak_bytes > 30_000_000


def test_one_that_reaches_no_verdict_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"harness explain ended with 2: .*neither a run"):
        took(["explain", str(tmp_path), "ann/b"], 7, tmp_path / "log")
