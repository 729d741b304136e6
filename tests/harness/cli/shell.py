"""Running the command line as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

from tests import ROOT

ARGV = [sys.executable, "-m", "harness"]


def harness(
    *arguments: str, timeout_s: float = 300, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `harness ARGUMENTS` to its end."""
    return subprocess.run(
        [*ARGV, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def one_clear_line(done: subprocess.CompletedProcess[str]) -> str:
    """Return the error line; fail unless it is the only one and no traceback."""
    assert "Traceback" not in done.stderr, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("harness: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]
