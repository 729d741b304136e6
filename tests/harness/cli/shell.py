"""Running the command line, as a process of its own or in this one."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from unittest import mock

from harness.cli.main import main
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


def harness_here(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `harness ARGUMENTS` in this process, which has loaded it already: two seconds less.

    What lies between the shell and ``main`` is the same for every command, and so are signals:
    tests that run the command line as a process of its own hold both.
    """
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.dict(os.environ, environment),
        mock.patch.object(sys, "argv", ["harness", *arguments]),
        _signal_handlers_kept(),
        contextlib.chdir(ROOT),
    ):
        try:
            main()
        except SystemExit as exit_:
            code = int(exit_.code or 0)
    return subprocess.CompletedProcess([*arguments], code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def _signal_handlers_kept() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def one_clear_line(done: subprocess.CompletedProcess[str]) -> str:
    """Return the error line; fail unless it is the only one and no traceback."""
    assert "Traceback" not in done.stderr, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("harness: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]
