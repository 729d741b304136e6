from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from harness.core.wait import block_until
from harness.setup import commands
from harness.setup.commands import run, version_of
from tests.harness.setup.fake_host import write_script

ENV = {"PATH": "/usr/bin:/bin"}


def test_the_reason_holds_the_exit_code_and_the_last_words() -> None:
    answer = run(["sh", "-c", "echo first >&2; echo last >&2; exit 3"], env=ENV, timeout_s=10)
    assert not answer.ok
    assert answer.reason == "exit 3: first | last"


def test_a_program_that_is_not_there_is_a_reason_and_no_exception(tmp_path: Path) -> None:
    answer = run([tmp_path / "nothing"], env=ENV, timeout_s=10)
    assert not answer.ok
    assert answer.reason == f"{tmp_path / 'nothing'}: No such file or directory"


def test_a_hanging_program_is_ended_with_everything_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid_file = tmp_path / "pid"
    body = f'sleep 600 & echo $! > "{pid_file}"; wait'

    class Complete(subprocess.Popen[bytes]):
        """Is not waited for, and so not given up, before it has started what it starts."""

        def wait(self, timeout: float | None = None) -> int:
            block_until("there is a grandchild", lambda: _is_written(pid_file), timeout_s=60)
            return super().wait(timeout)

    monkeypatch.setattr(subprocess, "Popen", Complete)
    started = time.monotonic()
    answer = run(["sh", "-c", body], env=ENV, timeout_s=0.5)
    assert answer.reason == "no answer within 0.5 s"
    assert time.monotonic() - started < 120, "it was waited for"
    grandchild = int(pid_file.read_text())
    block_until("the grandchild is gone", lambda: not _runs(grandchild), timeout_s=60)


def test_a_background_child_does_not_hold_up_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lives until the answer is there, so a caller that waits for its end waits in vain."""
    monkeypatch.setattr(commands, "VERSION_TIMEOUT_S", 20.0)
    held = tmp_path / "held"
    held.touch()
    child = f'(while [ -e "{held}" ]; do sleep 0.1; done) &'
    script = write_script(tmp_path / "tool", f"echo tool 1.2.3; {child}")
    try:
        assert version_of([script, "--version"], ENV).output == "1.2.3"
    finally:
        held.unlink()


def test_complaints_are_not_taken_for_a_version(tmp_path: Path) -> None:
    script = write_script(tmp_path / "tool", "echo 'warning 9.9.9' >&2; echo 'Tool 153.7.0esr'")
    assert version_of([script, "--version"], ENV).output == "153.7.0esr"


def test_a_version_without_a_dot_is_no_version(tmp_path: Path) -> None:
    script = write_script(tmp_path / "tool", "echo 'toxiproxy-server version git'")
    answer = version_of([script, "--version"], ENV)
    assert answer.ok
    assert answer.output == ""


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:  # it went just now, or there is no /proc
        return not Path("/proc/self/stat").exists()
    # Where no parent reaps, a dead process stays as a zombie.
    return status.rpartition(")")[2].split()[0] != "Z"


def _is_written(file: Path) -> bool:
    return file.exists() and file.read_text().endswith("\n")
