"""Interrupted or killed in the middle: nothing is left running, nothing measured is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from harness.core.errors import ExitCode
from harness.core.wait import block_until
from harness.ledger.files import read_witness
from harness.process.supervisor import SCRATCH_PREFIX, TAG_VARIABLE, tagged_processes
from harness.setup import available, find_chromium, find_toxiproxy
from tests import ROOT
from tests.harness.cli.shell import ARGV, harness

pytestmark = [pytest.mark.slow, pytest.mark.stack]

needs_browser = pytest.mark.skipif(
    find_chromium() is None or find_toxiproxy() is None,
    reason="Chromium or Toxiproxy is missing; `harness setup` brings them",
)
needs_firefox = pytest.mark.skipif(not available("firefox"), reason="no Firefox")
needs_webkit = pytest.mark.skipif(not available("webkitgtk"), reason="no WebKitGTK")


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
    """Wait until a viewer file of the one run holds ``count`` rows; return the run directory."""

    def enough() -> bool:
        if run.process.poll() is not None:
            said = run.process.stdout.read() if run.process.stdout else ""
            pytest.fail(f"it ended with {run.process.returncode} before that: {said[-2000:]}")
        paths = list(out.glob(f"latest/cells/*/*/*/{file}"))
        return bool(paths) and read_witness(paths[0]).table.num_rows >= count

    block_until(f"{file} holds {count} rows", enough, timeout_s=240, interval_s=0.2)
    [path] = out.glob(f"latest/cells/*/*/*/{file}")
    return path.parent


# Long ones: however late the signal is sent, the run is in the middle.
LONG_VISIT = ("continuous_views", "--browser")
CELLS = [
    pytest.param((*LONG_VISIT, "chromium"), "viewer.arrows", marks=needs_browser),
    pytest.param((*LONG_VISIT, "firefox"), "viewer.arrows", marks=needs_firefox),
    pytest.param((*LONG_VISIT, "webkitgtk"), "viewer.arrows", marks=needs_webkit),
    (("steady_load", "--duration", "120"), "viewer-load.arrows"),
]


@pytest.mark.parametrize(("scenario", "file"), CELLS)
def test_kill_9_leaves_no_process_and_a_readable_ledger(
    tmp_path: Path, scenario: tuple[str, ...], file: str
) -> None:
    with started("run", *scenario, "--out", str(tmp_path)) as run:
        directory = wait_for_views(run, tmp_path, file, 8)
        run.remember_tags()
        assert run.named("postgres")
        assert run.scratch()
        os.kill(run.process.pid, signal.SIGKILL)
        run.process.wait(60)
        block_until("every child is gone", lambda: not run.offspring(), timeout_s=60)
        block_until("every directory is gone", lambda: not run.scratch(), timeout_s=60)
    assert read_witness(directory / file).table.num_rows >= 8
    again = harness("report", str(tmp_path / "latest"), "--json")
    assert again.returncode == ExitCode.UNDECIDED, again.stderr
    verdict = json.loads(again.stdout)
    assert verdict["interrupted"] is True
    assert "cut short" in verdict["cells"][0]["reason"]


@pytest.mark.parametrize(("scenario", "file"), CELLS)
def test_ctrl_c_keeps_what_was_measured_marked_incomplete(
    tmp_path: Path, scenario: tuple[str, ...], file: str
) -> None:
    with started("run", *scenario, "--out", str(tmp_path)) as run:
        directory = wait_for_views(run, tmp_path, file, 8)
        run.remember_tags()
        os.kill(run.process.pid, signal.SIGINT)
        said, _ = run.process.communicate(timeout=180)
        assert run.process.returncode == ExitCode.INTERRUPTED, said
        assert run.offspring() == []
    assert "Traceback" not in said
    assert json.loads((directory / "end.json").read_text())["status"] == "interrupted"
    verdict = json.loads((tmp_path / "latest" / "verdict.json").read_text())
    assert verdict["interrupted"] is True
    assert verdict["cells"][0]["verdict"] == "unknown"


@pytest.mark.parametrize("moment", ["logs", "cells"])
def test_ctrl_c_before_anything_is_measured(tmp_path: Path, moment: str) -> None:
    """While pytest starts, and while the stack starts."""
    with started("run", "steady_load", "--out", str(tmp_path)) as run:
        block_until("the moment has come", lambda: list(tmp_path.glob(f"*/{moment}")),
                    timeout_s=120)  # fmt: skip
        run.remember_tags()
        os.kill(run.process.pid, signal.SIGINT)
        said, _ = run.process.communicate(timeout=180)
        assert run.process.returncode == ExitCode.INTERRUPTED, said
        assert run.offspring() == []
    assert "Traceback" not in said


@pytest.mark.parametrize("death", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_up_stops_everything_however_it_ends(death: signal.Signals) -> None:
    with started("up") as up:
        assert up.process.stdout is not None
        lines = [up.process.stdout.readline() for _ in range(5)]
        assert lines[0].startswith("server    http://127.0.0.1:"), lines
        up.remember_tags()
        assert len(up.offspring()) >= 2
        os.kill(up.process.pid, death)
        up.process.communicate(timeout=120)
        assert up.process.returncode == (-signal.SIGKILL if death == signal.SIGKILL else 0)
        block_until("every child is gone", lambda: not up.offspring(), timeout_s=60)
