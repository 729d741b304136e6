"""Can a module be run as a child? Asked of the Python, the environment and the paths of a child."""

from __future__ import annotations

import subprocess
import sys

from harness.core.environment import child_environment
from harness.core.errors import UsageError

_TIMEOUT_S = 30.0
_LOOK = """
import importlib.util, sys
asked = name = sys.stdin.read()
try:
    found = importlib.util.find_spec(name)
    if found is not None and found.submodule_search_locations is not None:
        name += ".__main__"
        found = importlib.util.find_spec(name)
except ModuleNotFoundError as error:
    ours = error.name is None or (asked + ".").startswith(error.name + ".")
    sys.exit("there is no such module" if ours else str(error))
except Exception as error:
    sys.exit(f"importing it raised {type(error).__name__}")
if found is None:
    sys.exit("there is no such module" if name == asked else "it is a package without __main__")
"""


def refuse_missing_module(module: str, *, named_in: str) -> None:
    """Raise UsageError where ``python -m MODULE`` cannot find what it runs.

    ``named_in`` is where the module is named: no error repeats the name, and no argument of a
    process holds it, for what stands in its place by mistake may be a secret. The packages around
    the module are imported, in a process of its own.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-c", _LOOK],
            env=child_environment(),
            input=module,
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
            f"{named_in} cannot be run: {reason}",
            hint="Name one that is installed, or put its folder into PYTHONPATH",
        )
