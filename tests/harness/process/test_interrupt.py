"""A request to stop survives even where Python swallows its exception."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import os, signal
from harness.process.interrupt import listen_for_interrupts, raise_if_interrupted

class Grave:
    def __del__(self):  # what is raised in here is printed and forgotten
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000): pass

listen_for_interrupts()
raise_if_interrupted()
Grave()
print("swallowed", flush=True)
try:
    raise_if_interrupted()
except KeyboardInterrupt:
    print("remembered")
"""


_AT_FORK = """
import os, signal, subprocess
from harness.process.interrupt import held_back, listen_for_interrupts

listen_for_interrupts()
os.register_at_fork(before=lambda: os.kill(os.getpid(), signal.SIGINT))
try:
    with held_back():
        subprocess.Popen(["true"], preexec_fn=lambda: None).wait()
        print("forked", flush=True)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupt_in_the_middle_of_a_fork_waits_for_its_end() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _AT_FORK], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["forked", "interrupted"], done.stderr
    assert done.stderr == ""


def test_an_interrupt_that_was_swallowed_is_remembered() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["swallowed", "remembered"], done.stderr
