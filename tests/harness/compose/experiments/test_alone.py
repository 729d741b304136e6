"""One experiment at a time on a machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.compose.experiments.alone import alone_on
from harness.core.errors import HarnessError

HOLDER = """
import sys
from pathlib import Path
from harness.compose.experiments.alone import alone_on
with alone_on(Path(sys.argv[1]), Path("runs/first")):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_experiment_is_refused_and_the_first_is_named(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(HarnessError) as refused, alone_on(tmp_path, Path("runs/second")):
            pytest.fail("both hold the machine")
        assert f"process {first.pid}, runs/first" in refused.value.line
        assert "--resume" in refused.value.hint
        first.kill()
        first.wait()
        with alone_on(tmp_path, Path("runs/second")):  # killed: its lock went with it
            assert "runs/second" in (tmp_path / "experiment.lock").read_text()


def test_one_after_the_other_is_fine(tmp_path: Path) -> None:
    for number in (1, 2):
        with alone_on(tmp_path / "new", Path(f"runs/{number}")):
            content = (tmp_path / "new" / "experiment.lock").read_text()
            assert content == f"process {os.getpid()}, runs/{number}\n"


def test_a_cache_that_cannot_be_written_says_how_to_choose_another(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(HarnessError, match="cannot write the lock") as refused,
        alone_on(tmp_path / "file", Path("runs/1")),
    ):
        pytest.fail("there is no lock")
    assert "XDG_CACHE_HOME" in refused.value.hint
