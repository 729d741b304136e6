"""Interrupted or killed in the middle: nothing is left running, nothing measured is lost."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from harness.browsers.catalogue import ENGINES, entry_of
from harness.core.errors import ExitCode
from harness.core.wait import block_until
from harness.ledger.files import read_witness
from harness.setup import available, find_toxiproxy
from tests.harness.cli.shell import harness_here
from tests.harness.cli.started import LONG_VISIT, LONGER_VISIT, started, wait_for_cells

pytestmark = [pytest.mark.slow, pytest.mark.stack]

HERE = [e for e in ENGINES if all(available(part) for part in entry_of(e).parts)]
needs_browser = pytest.mark.skipif(
    not HERE or find_toxiproxy() is None,
    reason="no browser, or no Toxiproxy; `harness setup` brings them",
)


EVERY_ENGINE = (*LONGER_VISIT, *" --browser ".join(HERE).split(), "-n", str(len(HERE)))
BROWSERS = [needs_browser, pytest.mark.browser]
EVERY = (EVERY_ENGINE, "viewer.arrows", len(HERE))
ONE = ((*LONG_VISIT, *HERE[:1]), "viewer.arrows", 1)
A_LOAD = (("steady_load", "--duration", "120"), "viewer-load.arrows", 1)


@pytest.mark.parametrize(
    ("scenario", "file", "cells"),
    [
        pytest.param(*EVERY, marks=BROWSERS, id="every engine at once"),
        pytest.param(*A_LOAD, id="a load"),
    ],
)
def test_kill_9_leaves_no_process_and_a_readable_ledger(
    tmp_path: Path, scenario: tuple[str, ...], file: str, cells: int
) -> None:
    with started("run", *scenario, "--out", str(tmp_path)) as run:
        directories = wait_for_cells(run, tmp_path, file, 4, cells=cells)
        run.remember_tags()
        assert len(run.named("postgres")) >= cells
        assert run.scratch()
        os.kill(run.process.pid, signal.SIGKILL)
        run.process.wait(60)
        block_until("every child is gone", lambda: not run.offspring(), timeout_s=60)
        block_until("every directory is gone", lambda: not run.scratch(), timeout_s=60)
    for directory in directories:
        assert read_witness(directory / file).table.num_rows >= 4
    again = harness_here("report", str(tmp_path / "latest"), "--json")
    assert again.returncode == ExitCode.UNDECIDED, again.stderr
    verdict = json.loads(again.stdout)
    assert verdict["interrupted"] is True
    assert len(verdict["cells"]) == cells
    assert all("cut short" in cell["reason"] for cell in verdict["cells"])


@pytest.mark.parametrize(
    ("scenario", "file", "cells"),
    [
        pytest.param(*ONE, marks=BROWSERS, id="a browser"),
        pytest.param(*EVERY, marks=[*BROWSERS, pytest.mark.nightly], id="every engine at once"),
        pytest.param(*A_LOAD, id="a load"),
    ],
)
def test_ctrl_c_keeps_what_was_measured_marked_incomplete(
    tmp_path: Path, scenario: tuple[str, ...], file: str, cells: int
) -> None:
    with started("run", *scenario, "--out", str(tmp_path)) as run:
        directories = wait_for_cells(run, tmp_path, file, 4, cells=cells)
        run.remember_tags()
        os.kill(run.process.pid, signal.SIGINT)
        output, _ = run.process.communicate(timeout=180)
        assert run.process.returncode == ExitCode.INTERRUPTED, output
        assert run.offspring() == []
    assert "Traceback" not in output
    for directory in directories:
        assert json.loads((directory / "end.json").read_text())["status"] == "interrupted"
    verdict = json.loads((tmp_path / "latest" / "verdict.json").read_text())
    assert verdict["interrupted"] is True
    assert [cell["verdict"] for cell in verdict["cells"]] == ["unknown"] * cells


@pytest.mark.parametrize("moment", ["logs", "cells"])
def test_ctrl_c_before_anything_is_measured(tmp_path: Path, moment: str) -> None:
    """While pytest starts, and while the stack starts."""
    with started("run", "steady_load", "--out", str(tmp_path)) as run:
        block_until("the moment has come", lambda: list(tmp_path.glob(f"*/{moment}")),
                    timeout_s=120)  # fmt: skip
        run.remember_tags()
        os.kill(run.process.pid, signal.SIGINT)
        output, _ = run.process.communicate(timeout=180)
        assert run.process.returncode == ExitCode.INTERRUPTED, output
        assert run.offspring() == []
    assert "Traceback" not in output


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
