"""The garbage collector rests while modules are loaded, and works when they are."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core import loading as module
from harness.core.loading import loading


def fails_to_load() -> None:
    with loading():
        assert not gc.isenabled()
        raise ImportError("a module that is missing")


def test_the_collector_is_off_in_the_block_and_on_behind_it_even_after_an_error() -> None:
    kept = [[] for _ in range(1000)]
    before = gc.get_freeze_count()
    with pytest.raises(ImportError):
        fails_to_load()
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(kept)


@pytest.mark.slow
def test_a_pytest_collects_without_it_and_tests_with_it(tmp_path: Path) -> None:
    test = tmp_path / "test_collector.py"
    test.write_text(
        "import gc\n"
        "assert not gc.isenabled()\n"
        "def test_collector():\n"
        "    assert gc.isenabled()\n"
        "    assert gc.get_freeze_count() > 1000\n"
    )
    argv = [sys.executable, "-m", "pytest", "-p", module.__name__, "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [*argv, "-c", "/dev/null", "--noconftest", str(test)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
