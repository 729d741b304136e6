"""How many cells a machine has room for: by its cores, its memory, and a container's limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.setup import room as module
from harness.setup.room import Room, room


@pytest.mark.parametrize(
    ("cores", "memory_gib", "cells"),
    [
        (2, 23.5, 2),
        (8, 23.5, 7),
        (64, 12, 4),
        (1, 64, 1),
        (4, 2, 1),
        (0.5, 64, 1),
        (2.5, 64, 2),
    ],
)
def test_a_cell_has_a_core_and_three_gib_and_there_is_always_one(
    cores: float, memory_gib: float, cells: int
) -> None:
    assert Room(cores=cores, memory_gib=memory_gib).cells == cells


def test_it_says_what_the_number_comes_from() -> None:
    assert Room(cores=2, memory_gib=23.5).why == "2 cores, 24 GiB of memory"
    assert Room(cores=1, memory_gib=4).why == "1 core, 4 GiB of memory"
    assert Room(cores=1.5, memory_gib=4).why == "1.5 cores, 4 GiB of memory"


def limited(directory: Path, cpu: str = "max 100000", memory: str = "max") -> Room:
    (directory / "cpu.max").write_text(cpu + "\n")
    (directory / "memory.max").write_text(memory + "\n")
    return room(directory)


def test_a_container_has_what_its_limits_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "usable_cpus", lambda: 8)
    assert limited(tmp_path, "150000 100000").cores == 1.5
    assert limited(tmp_path, "900000 100000").cores == 8.0
    assert limited(tmp_path, memory=str(1 << 30)).memory_gib == 1.0


def test_without_limits_or_with_strange_ones_the_machine_counts(tmp_path: Path) -> None:
    free = room(tmp_path)
    assert free.cores == module.usable_cpus()
    assert free.memory_gib > 0.5
    assert limited(tmp_path) == free
    assert limited(tmp_path, "100000 0", "lots") == free
    assert limited(tmp_path, memory=str(1 << 60)) == free
