"""A folder in which programs may be run: a scratch directory may be mounted ``noexec``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.core.environment import child_environment
from harness.core.errors import HarnessError


def may_run_programs(folder: Path) -> bool:
    """Return whether the file system of a folder lets programs be run from it."""
    return not os.statvfs(folder).f_flag & getattr(os, "ST_NOEXEC", 0)


@contextmanager
def executable_folder(wanted: Path, others: Sequence[Path] | None = None) -> Iterator[Path]:
    """Yield ``wanted``, or a new folder in the first of the ``others`` where programs may be run.

    By default the others are the user's cache and ``/var/tmp``. Raises HarnessError where no
    folder will do.
    """
    if may_run_programs(wanted):
        yield wanted
        return
    for place in _usual_places() if others is None else others:
        if place.is_dir() and os.access(place, os.W_OK) and may_run_programs(place):
            with tempfile.TemporaryDirectory(prefix="impression-harness-", dir=place) as folder:
                yield Path(folder)
            return
    raise HarnessError(
        f"{wanted} is mounted noexec: no program can be run there",
        hint="Set TMPDIR to a folder where programs may run, e.g. TMPDIR=/var/tmp",
    )


def _usual_places() -> list[Path]:
    environment = child_environment()
    cache = environment.get("XDG_CACHE_HOME", "")
    home = Path(environment.get("HOME", "/"))
    return [Path(cache) if cache.startswith("/") else home / ".cache", home, Path("/var/tmp")]  # noqa: S108 - a new folder in it
