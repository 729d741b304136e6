"""The tag by which an owner of processes is known, and what a dead one left behind."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from harness.process.supervisor import SCRATCH_PREFIX, TAG_VARIABLE, end_processes

# What tempfile.mkdtemp makes of our prefix, and nothing else: others use the name too.
_SCRATCH_NAME = re.compile(rf"{SCRATCH_PREFIX}(?P<tag>\d+-\d+(-\d+)?)-[a-z]+-[a-z0-9_]{{8}}")

_taken: set[str] = set()
"""The tags of this process's living owners."""


def owner_tag(pid: int | None = None) -> str:
    """Return the tag of a harness process: its id and birth, unique on this host.

    On Linux the birth is in ticks since boot, which a step of the wall clock does not move.
    """
    number = os.getpid() if pid is None else pid
    try:
        # Fields after the command's closing parenthesis; the 20th of them is the start time.
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        return f"{number}-{fields[19]}"
    except OSError:
        return f"{number}-{int(psutil.Process(number).create_time())}"


def free_tag() -> str:
    """Return a tag of this process that no living owner has: its own, or with a number behind it.

    Owners that shared one would end each other's children.
    """
    own = owner_tag()
    numbered = (f"{own}-{number}" for number in itertools.count(2))
    return next(tag for tag in itertools.chain([own], numbered) if tag not in _taken)


def take(tag: str) -> None:
    """Keep the tag from other owners of this process."""
    _taken.add(tag)


def give_back(tag: str) -> None:
    """Let another owner have the tag."""
    _taken.discard(tag)


def sweep_leftovers() -> None:
    """End processes and remove directories whose harness is dead; others are left alone."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            tag = process.environ().get(TAG_VARIABLE)
            if tag and not owner_is_alive(tag):
                end_processes([process])
    for tag, directory in _scratch_directories():
        if not owner_is_alive(tag):
            shutil.rmtree(directory, ignore_errors=True)


def owner_is_alive(tag: str) -> bool:
    """Return whether the harness process that made the tag still lives."""
    pid, _, born = tag.partition("-")
    try:
        return owner_tag(int(pid)) == f"{pid}-{born.partition('-')[0]}"
    except (ValueError, psutil.Error):
        return False


def _scratch_directories() -> Iterator[tuple[str, Path]]:
    for path in Path(tempfile.gettempdir()).glob(f"{SCRATCH_PREFIX}*"):
        ours = _SCRATCH_NAME.fullmatch(path.name)
        if ours and path.is_dir() and not path.is_symlink() and path.stat().st_uid == os.geteuid():
            yield ours["tag"], path
