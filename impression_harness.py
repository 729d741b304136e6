"""The command ``harness``, whatever else is called so where this Python looks for packages."""

from __future__ import annotations

import sys
from pathlib import Path


def start() -> None:
    """Run the command line of the harness that was installed with this module."""
    folder = str(Path(__file__).resolve().parent)
    sys.path.insert(0, folder)
    from harness.__main__ import start as run

    sys.path.remove(folder)
    run()
