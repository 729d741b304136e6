"""Is there a display for a browser window? Asked before the first browser is started."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import sys
from collections.abc import Mapping

from harness.core.errors import UsageError

_HINT = "Run it in a desktop session, under `xvfb-run`, or without --headed"
_TIMEOUT_S = 5.0
_X11_PORT = 6000


def refuse_without_display(environ: Mapping[str, str] | None = None) -> None:
    """Raise UsageError where a browser window could not be shown.

    macOS always has a display; elsewhere one of X11 or Wayland is named by the environment, and an
    X11 server must answer there.
    """
    given = os.environ if environ is None else environ
    if sys.platform == "darwin" or given.get("WAYLAND_DISPLAY"):
        return
    name = given.get("DISPLAY", "")
    if not name:
        raise UsageError("--headed needs a display, and DISPLAY is not set", hint=_HINT)
    if not _answers(name):
        raise UsageError(f"--headed needs a display, and none answers at {name}", hint=_HINT)


def _answers(name: str) -> bool:
    """Return whether an X11 server listens at a display: ``:0``, ``host:10.0``, or a path."""
    found = re.fullmatch(r"(?:unix)?(.*):(\d+)(?:\.\d+)?", name)
    if found is None:
        return os.path.exists(name)
    host, number = found[1], int(found[2])
    if host:
        with contextlib.suppress(OSError):
            socket.create_connection((host, _X11_PORT + number), timeout=_TIMEOUT_S).close()
            return True
        return False
    path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - where X11 servers listen
    for address in (f"\0{path}", path):
        with socket.socket(socket.AF_UNIX) as one, contextlib.suppress(OSError):
            one.settimeout(_TIMEOUT_S)
            one.connect(address)
            return True
    return False
