"""What makes networks bad dies or hangs: no verdict on the target, and the next cell runs."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from harness.clock import NS_PER_S, now
from harness.errors import ExitCode
from harness.setup import find_chromium, find_toxiproxy
from tests.cli.test_kill import started, wait_for_views

pytestmark = [
    pytest.mark.browser,
    pytest.mark.stack,
    pytest.mark.slow,
    pytest.mark.skipif(
        find_chromium() is None or find_toxiproxy() is None,
        reason="Chromium or Toxiproxy is missing; `harness setup` brings them",
    ),
]
SOON_S = 30.0
"""Two seconds between two questions, five for an answer, and the way out of a broken run."""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_toxiproxy_that_dies_or_hangs_is_replaced_and_its_cell_unknown(
    tmp_path: Path, how: signal.Signals
) -> None:
    arguments = ("run", "short_outage", "--repeat", "2", "--out", str(tmp_path))
    with started(*arguments) as run:
        directory = wait_for_views(tmp_path, "viewer.arrows", 4)
        run.remember_tags()
        [toxiproxy] = [one for one in run.offspring() if "toxiproxy" in one.name()]
        os.kill(toxiproxy.pid, how)
        killed_ns = now().wall_ns
        said, _ = run.process.communicate(timeout=200)
        assert run.process.returncode == ExitCode.UNDECIDED, said
        assert run.offspring() == []
    assert (directory / "end.json").stat().st_mtime_ns - killed_ns < SOON_S * NS_PER_S
    verdict = json.loads((tmp_path / "latest" / "verdict.json").read_text())
    first, second = sorted(verdict["cells"], key=lambda cell: cell["seed"])
    assert first["verdict"] == "unknown"
    assert "Toxiproxy" in first["reason"]
    assert second["verdict"] == "pass"
