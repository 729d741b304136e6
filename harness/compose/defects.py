"""Where a self-test's defect meets a run: the one place that loads the package ``defects``.

It is loaded by name, and only for an arm with the factor ``defect``, so that nothing that measures
or is measured can come to depend on it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Protocol, cast

from harness.core.errors import UsageError
from harness.ledger.defect import FACTOR
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.network import NetworkRow
from harness.ledger.rundir import Arm, RunPlan
from harness.target.described.file import REFERENCE_SERVER


class Planted(Protocol):
    """What was put into a run: nothing, or a defect."""

    @property
    def hits(self) -> int:
        """Return how often its switch was reached in this process."""

    def server(self, module: str) -> tuple[str, tuple[str, ...]]:
        """Return the module that serves instead of ``module``, and its further arguments."""

    def worker(self, module: str, directory: Path) -> tuple[str, tuple[str, ...]]:
        """Return what is started for each worker of that module, and its further arguments;
        ``directory`` is the run's."""

    def during_run(self, directory: Path) -> AbstractContextManager[None]:
        """Install what acts while a run is started and carried out in this directory."""

    def recorded(self, network: WitnessFile[NetworkRow]) -> AbstractContextManager[None]:
        """Record hits in the ledger for the length of the block."""

    def during_judging(self) -> AbstractContextManager[None]:
        """Install what acts while the closed run is judged."""


class Nothing:
    """No defect: all is as it is."""

    @property
    def hits(self) -> int:
        return 0

    def server(self, module: str) -> tuple[str, tuple[str, ...]]:
        return module, ()

    def worker(self, module: str, directory: Path) -> tuple[str, tuple[str, ...]]:
        return module, ()

    def during_run(self, directory: Path) -> AbstractContextManager[None]:
        return nullcontext()

    def recorded(self, network: WitnessFile[NetworkRow]) -> AbstractContextManager[None]:
        return nullcontext()

    def during_judging(self) -> AbstractContextManager[None]:
        return nullcontext()


class KnownDefect(Protocol):
    """What a self-test reads of a defect; ``defects.base.Defect`` fits."""

    id: str
    layer: str
    about: str
    expected: Iterable[str]
    trials: Iterable[Any]
    verdict: str
    chance: bool
    smoke: bool
    walks: int


def planted_in(arm: Arm) -> Planted:
    """Return the defect of an arm. Raises UsageError for one that does not exist."""
    return planted_by(arm[FACTOR]) if FACTOR in arm else Nothing()


def planted_by(level: str) -> Planted:
    """Return the defect of a level, ``ID`` or ``ID.twin``. Raises UsageError."""
    return cast(Planted, _package().planted(level))


def server_of(planted: Planted, module: str) -> tuple[str, tuple[str, ...]]:
    """Return the module that serves, and its further arguments.

    Raises UsageError where a defect of the server would take the place of a server of the user's.
    """
    found = planted.server(module)
    if found[0] != module and module != REFERENCE_SERVER:
        raise UsageError(
            f"a defect of the reference server cannot be put into {module}",
            hint="Leave out the target file, or its [server] module",
        )
    return found


def known_defects() -> tuple[KnownDefect, ...]:
    """Return every defect, in the order of layers and names."""
    return cast(tuple[KnownDefect, ...], _package().known())


def defect_module(name: str) -> Path | None:
    """Return the file of a defect's module; None where there is no defect with this id."""
    return cast(Path | None, importlib.import_module("defects.registry").module_of(name))


def recorder_sources(sources: Mapping[str, str], level: str, *, reached: str) -> dict[str, str]:
    """Return the page's scripts by file name with the recorder defect of a level in them.

    ``reached`` is the JavaScript expression that reports a hit. Raises UsageError for a defect that
    does not exist or is none of the recorder.
    """
    return cast(dict[str, str], _package().recorder_sources(sources, level, reached=reached))


class DefectiveJudge:
    """Judges each run with the defect that its arm names; counts the hits, by run."""

    def __init__(self) -> None:
        self.hits: dict[str, int] = {}

    @contextmanager
    def __call__(self, plan: RunPlan) -> Iterator[None]:
        """Install what the arm's defect does to judging, for the length of the block."""
        planted = planted_in(plan.arm)
        with planted.during_judging():
            yield
        self.hits[plan.slug] = planted.hits


def _package() -> Any:
    return importlib.import_module("defects.planted")
