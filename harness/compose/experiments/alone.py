"""One experiment at a time: two on one machine would measure each other."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.core.errors import HarnessError

LOCK_FILE = "experiment.lock"


@contextmanager
def alone_on(cache: Path, directory: Path) -> Iterator[None]:
    """Hold the machine for an experiment in ``directory``, by a lock that goes with this process.

    ``cache`` is this user's directory for what all working copies share. Raises HarnessError that
    names the experiment which has the lock.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        number = os.open(cache / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        line = f"cannot write the lock of experiments in {cache}: {error.strerror}"
        raise HarnessError(line, hint="Set XDG_CACHE_HOME to a writable folder") from error
    with os.fdopen(number, "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = file.read().strip() or "another process"
            raise HarnessError(
                f"another experiment runs here ({holder}): two would measure each other",
                hint="Wait for it, or end it with Ctrl-C; `--resume` goes on where one stopped",
            ) from error
        file.truncate(0)
        file.write(f"process {os.getpid()}, {directory}\n")
        file.flush()
        yield
