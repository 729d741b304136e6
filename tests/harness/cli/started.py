"""`harness` at work as a process of its own, and everything that it has started."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from harness.core.wait import block_until
from harness.ledger.files import read_witness
from harness.process.supervisor import SCRATCH_PREFIX, TAG_VARIABLE, tagged_processes
from tests import ROOT
from tests.harness.cli.shell import ARGV

LONG_VISIT = ("continuous_views", "--preset", "durable", "--browser")
"""A visit of half a minute: however late a signal is sent, the run is in the middle."""
LONGER_VISIT = ("half_of_connections", "--preset", "durable", "--browser")
"""Forty views at one a second, and their drain: the first engine waits for the last to start."""


class Started:
    """A command line at work, and the tags by which its whole offspring is known."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.tags: set[str] = set()

    def offspring(self) -> list[psutil.Process]:
        """Return every living process with one of the tags, wherever it hides."""
        return [child for tag in self.tags for child in tagged_processes(tag)]

    def named(self, part: str) -> list[psutil.Process]:
        """Return those whose name has that part; one that ends while we look is not there."""
        found = []
        for child in self.offspring():
            with suppress(psutil.NoSuchProcess):
                found += [child] if part in child.name() else []
        return found

    def scratch(self) -> list[Path]:
        """Return what is left of their scratch directories."""
        here = Path(tempfile.gettempdir())
        return [path for tag in self.tags for path in here.glob(f"{SCRATCH_PREFIX}{tag}-*")]

    def remember_tags(self) -> None:
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                tag = child.environ().get(TAG_VARIABLE)
            except psutil.Error:
                continue
            if tag:
                self.tags.add(tag)


@contextmanager
def started(*arguments: str) -> Iterator[Started]:
    with subprocess.Popen(
        [*ARGV, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield Started(process)
        finally:
            process.kill()


def wait_for_views(run: Started, out: Path, file: str, count: int) -> Path:
    """Wait until the viewer file of the only cell holds a number of rows; return its directory."""
    [directory] = wait_for_cells(run, out, file, count, cells=1)
    return directory


def wait_for_cells(run: Started, out: Path, file: str, count: int, *, cells: int) -> list[Path]:
    """Wait until each cell's viewer file holds ``count`` rows; return the run directories."""

    def enough() -> bool:
        if run.process.poll() is not None:
            output = run.process.stdout.read() if run.process.stdout else ""
            pytest.fail(f"it ended with {run.process.returncode} before that: {output[-2000:]}")
        paths = list(out.glob(f"latest/cells/*/*/*/{file}"))
        rows = [read_witness(path).table.num_rows for path in paths]
        return len(rows) == cells and min(rows) >= count

    block_until(f"{file} holds {count} rows", enough, timeout_s=240, interval_s=0.2)
    return [path.parent for path in out.glob(f"latest/cells/*/*/*/{file}")]
