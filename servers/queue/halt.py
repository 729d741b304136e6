"""A place at which a process stands still when a tester asks for it, to be killed there.

A tester makes the file; the first process that comes by takes it, by renaming it to ``FILE.PID``,
and stops. Without the file, or without its name, nothing happens.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path


def halt(file: Path | None) -> bool:
    """Stand still if the file is there, until SIGCONT; return whether it was."""
    if file is None:
        return False
    try:
        file.rename(file.with_name(f"{file.name}.{os.getpid()}"))
    except OSError:
        return False
    os.kill(os.getpid(), signal.SIGSTOP)
    return True
