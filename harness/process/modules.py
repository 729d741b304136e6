"""Can a module be run as a child? Asked of the Python, the environment and the paths of a child."""

from __future__ import annotations

import subprocess
import sys

from harness.core.environment import child_environment
from harness.core.errors import UsageError

_TIMEOUT_S = 30.0
_LOOK = """
import importlib.util, sys
name = sys.argv[1]
try:
    found = importlib.util.find_spec(name)
    if found is not None and found.submodule_search_locations is not None:
        name += ".__main__"
        found = importlib.util.find_spec(name)
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
if found is None:
    sys.exit(f"there is no module {name}")
"""


def refuse_missing_module(module: str, *, named_in: str) -> None:
    """Raise UsageError where ``python -m MODULE`` cannot find what it runs.

    ``named_in`` is where the module is named. The packages around the module are imported, in a
    process of its own.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-c", _LOOK, module],
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        return  # it takes long to import: that is for the run to find out
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it cannot be imported"])[-1]
        raise UsageError(
            f"{named_in}: the server's module {module!r} cannot be run: {reason}",
            hint="Name one that is installed, or put its folder into PYTHONPATH",
        )
