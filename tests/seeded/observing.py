"""Observing what a defect of the harness changes: stubs in its places, called as the harness does.

An observation is made three times, without a defect, with its twin, and with it: the first two are
equal, the third is not.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from defects import registry
from defects.base import Defect, HarnessDefect, Switch, _place, installed

Observe = Callable[["Here"], Any]


class Here:
    """Where an observation is made: a directory, and stubs that go with it."""

    def __init__(self, directory: Path, patch: pytest.MonkeyPatch) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.patch = patch

    def stub(self, where: str, instead: Any) -> Any:
        """Put a stub in a place; return what is called there once a defect is installed."""
        place = _place(where)
        self.patch.setattr(place.owner, place.name, instead)
        return lambda *args, **more: getattr(place.owner, place.name)(*args, **more)


def is_of_monitoring(name: str) -> bool:
    """Return whether a defect is of alerts and what they rest on, which are observed in
    tests/defects/server/test_monitoring.py."""
    return _folder_of(name) in ("server/monitoring", "database/counts")


def is_of_topology(name: str) -> bool:
    """Return whether a defect is of a larger topology, which are observed in
    tests/defects/server/test_topology.py, test_replica.py, test_queue.py and test_shards.py."""
    return (
        _folder_of(name) == "server/topology"
        or is_of_replica(name)
        or is_of_queue(name)
        or is_of_shards(name)
    )


def is_of_queue(name: str) -> bool:
    """Return whether a defect is of a message queue: of who publishes, or of its workers."""
    return _folder_of(name) == "server/queue"


def is_of_replica(name: str) -> bool:
    """Return whether a defect is of reads from a replica or of its place beside its primary."""
    return _folder_of(name) == "server/replica"


def is_of_shards(name: str) -> bool:
    """Return whether a defect is of shards or of moving buckets between them, which are observed in
    tests/defects/server/test_shards.py."""
    return _folder_of(name) == "server/shards"


def is_of_what_happens(name: str) -> bool:
    """Return whether a defect of the harness is in what a load sends or who visits how, which are
    observed in tests/defects/harness/test_situations.py."""
    return _folder_of(name) in ("harness/generator", "harness/situations")


def _folder_of(name: str) -> str:
    place = registry.module_of(name)
    assert place is not None
    return "/".join(place.parent.parts[-2:])


def module_of(defect: Defect) -> ModuleType:
    """Return the module in which a defect is written."""
    place = registry._places()[defect.id].with_suffix("")
    return importlib.import_module(".".join(("defects", *place.parts)))


def differs_in_the_defect_alone(
    defect: HarnessDefect,
    stubs: Callable[[Here], None],
    observe: Observe,
    directory: Path,
    patch: pytest.MonkeyPatch,
) -> None:
    """Make the three observations; fail unless the defect's differs, and only that."""
    found = []
    for number, switch in enumerate((None, Switch(twin=True), Switch(twin=False))):
        with patch.context() as inner:
            here = Here(directory / str(number), inner)
            stubs(here)
            overrides = defect.overrides if switch else {}
            with installed(overrides, switch or Switch(twin=True)):
                found.append(observe(here))
        assert switch is None or switch.hits, "the switch is not reached"
    sound, twin, defective = found
    assert twin == sound
    assert defective != sound
