"""Chromium as a visitor has it: real visibility, back/forward cache and timers.

Playwright's own launch keeps every tab visible and switches the cache off, so this starts the
browser itself and connects with ``no_defaults``.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections import deque
from pathlib import Path
from threading import Thread

EXECUTABLE = Path("/usr/bin/chromium")
_SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--remote-debugging-port=0",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "about:blank",
)
_READY = "DevTools listening on "


class Chromium:
    """One browser process with its own profile."""

    def __init__(self, profile: Path) -> None:
        self._process = subprocess.Popen(
            [EXECUTABLE, *_SWITCHES, f"--user-data-dir={profile}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # its own process group: one signal ends all of it
        )
        lines: list[str] = []
        assert self._process.stderr is not None
        for line in self._process.stderr:
            lines.append(line)
            if line.startswith(_READY):
                break
        else:
            raise RuntimeError("Chromium did not start: " + "".join(lines[-5:]))
        self.endpoint = lines[-1].removeprefix(_READY).strip()
        # Unread, its messages would fill the pipe and stop it.
        self._drain = Thread(target=deque, args=(self._process.stderr, 0), daemon=True)
        self._drain.start()

    def kill(self) -> None:
        """End it as a crash does; no page gets an event."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._drain.join()
        assert self._process.stderr is not None
        self._process.stderr.close()
