"""The Node.js that runs the world: the one that comes with Playwright's wheel."""

from __future__ import annotations

import os
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

from harness.core.errors import MissingPart

OVERRIDE = "HARNESS_NODE"
"""Environment variable that names another Node.js, 20 or newer."""


def find_node() -> Path:
    """Return the executable. Raises MissingPart where there is none."""
    named = os.environ.get(OVERRIDE, "")
    path = Path(named) if named else Path(compute_driver_executable()[0])
    if not path.is_file():
        raise MissingPart(
            f"Node.js is missing: {path}",
            hint=f"`pip install playwright` brings it; {OVERRIDE} names another (20 or newer)",
        )
    return path
