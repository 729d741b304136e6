"""What this machine is, as far as it bears on what is measured."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import psutil

from harness.setup.part import PartStatus
from harness.setup.room import GIB, usable_cpus


def machine_facts(directory: Path) -> list[PartStatus]:
    """Return one row per fact; the disk is the one that holds this directory."""
    memory = psutil.virtual_memory()
    disk = shutil.disk_usage(directory)
    return [
        _fact("python", platform.python_version(), platform.python_implementation()),
        _fact("cpu", str(usable_cpus()), f"{os.cpu_count()} in the machine"),
        _fact("memory", _gib(memory.total), f"{_gib(memory.available)} available"),
        _fact("disk", _gib(disk.total), f"{_gib(disk.free)} free"),
        _fact("kernel", platform.release(), f"{platform.system()} {platform.machine()}"),
    ]


def _gib(size_bytes: float) -> str:
    return f"{size_bytes / GIB:.1f} GiB"


def _fact(name: str, version: str, detail: str) -> PartStatus:
    return PartStatus(name=name, kind="fact", state="found", version=version, detail=detail)
