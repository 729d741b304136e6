"""The environment of the processes that are started: what their Python imports is ours to say."""

from __future__ import annotations

import os
import site
from collections.abc import Mapping
from pathlib import Path

import harness

ROOT = Path(harness.__file__).resolve().parent.parent
"""The folder that holds the packages: a checkout, or where they are installed."""


def child_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return ``environ`` (default: this process's own) for a child that may run Python.

    The child imports the same harness, and nothing from its current folder: a folder that holds a
    package of the same name, or a module named after one of the standard library, changes nothing.
    Relative folders of ``PYTHONPATH`` are made absolute, for a child may start elsewhere.
    """
    found = dict(os.environ if environ is None else environ)
    folders = [
        str(Path(folder).absolute())
        for folder in found.get("PYTHONPATH", "").split(os.pathsep)
        if folder
    ]
    if not _is_installed() and str(ROOT) not in folders:
        folders.append(str(ROOT))
    if folders:
        found["PYTHONPATH"] = os.pathsep.join(folders)
    return {**found, "PYTHONSAFEPATH": "1"}


def _is_installed() -> bool:
    """Return whether every Python of this environment finds the harness by itself."""
    folders = [*site.getsitepackages(), site.getusersitepackages()]
    return ROOT in {Path(folder).resolve() for folder in folders}
