"""A defect in a run of the harness: what starts differently, and where its hits are recorded.

``harness.compose.defects`` loads this module by name.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from defects.base import (
    Defect,
    HarnessDefect,
    RecorderDefect,
    ServerDefect,
    Switch,
    WorkerDefect,
    installed,
)
from defects.registry import all_defects, find
from harness.core.errors import UsageError
from harness.ledger.defect import PlannedDefect
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.network import HarnessDefectReached, NetworkRow

HITS_FILE = "generator-hits.txt"
VARIANT = "defects.server_variant"
WORKER_VARIANT = "defects.worker_variant"
_COMMAND = "harness.load.child:locust_argv"


class InstalledDefect:
    """One defect, or its twin, in one run; the same shape as ``harness.compose.defects.Planted``.

    Hits that happen before the ledger is there are kept until it is.
    """

    def __init__(self, planned: PlannedDefect) -> None:
        self.planned = planned
        self.defect: Defect = find(planned.id)
        self._network: WitnessFile[NetworkRow] | None = None
        self._waiting = 0
        self._switch = Switch(twin=planned.twin, report=self._report)
        self._hits_file = Path()

    @property
    def hits(self) -> int:
        """Return how often the switch was reached in this process so far."""
        return self._switch.hits

    def server(self, module: str) -> tuple[str, tuple[str, ...]]:
        """Return the module that serves and its further arguments; ``module`` where it is sound.

        Raises UsageError for a server of the user's, which no defect fits.
        """
        if isinstance(self.defect, HarnessDefect | WorkerDefect):
            return module, ()
        twin = ("--twin",) if self.planned.twin else ()
        return VARIANT, ("--defect", self.planned.id, *twin)

    def worker(self, module: str, directory: Path) -> tuple[str, tuple[str, ...]]:
        """Return the module of a program beside the server and its further arguments; ``module``
        where it is sound."""
        if not isinstance(self.defect, WorkerDefect) or self.defect.program != module:
            return module, ()
        return WORKER_VARIANT, (str(self.planned), str((directory / HITS_FILE).absolute()))

    @contextmanager
    def during_run(self, directory: Path) -> Iterator[None]:
        """Install what acts while a run is carried out; ``directory`` is the run's."""
        self._hits_file = (directory / HITS_FILE).absolute()
        with installed(self._overrides(), self._switch):
            yield

    @contextmanager
    def recorded(self, network: WitnessFile[NetworkRow]) -> Iterator[None]:
        """Record hits in this ledger for the length of the block."""
        self._network = network
        self._report(0)
        try:
            yield
        finally:
            self._switch.close()
            if self._hits_file.exists():
                self._report(sum(map(int, self._hits_file.read_text().split())))
            self._network = None

    @contextmanager
    def during_judging(self) -> Iterator[None]:
        """Install what acts while the closed run is judged."""
        with installed(self._judging(), self._switch):
            yield

    def _judging(self) -> dict[str, Any]:
        match self.defect:
            case HarnessDefect(at="judging", overrides=overrides):
                return dict(overrides)
            case ServerDefect(judging=overrides):
                return dict(overrides)
        return {}

    def _overrides(self) -> dict[str, Any]:
        if not isinstance(self.defect, HarnessDefect):
            return {}
        if self.defect.at == "run":
            return dict(self.defect.overrides)
        return {_COMMAND: self._variant} if self.defect.at == "generator" else {}

    def _variant(self, switch: Switch, original: Any, *more: Any) -> list[str]:
        """Return the command of a generator that installs the defect before Locust starts."""
        _, _, _, *locust = original(*more)  # python -m locust
        own = [sys.executable, "-m", "defects.generator_variant", str(self.planned)]
        return [*own, str(self._hits_file), *locust]

    def _report(self, hits: int) -> None:
        self._waiting += hits
        if self._network is not None and self._waiting:
            row = HarnessDefectReached(defect=self.planned.id, hits=self._waiting)
            self._network.saw(row)
            self._waiting = 0


def planted(level: str) -> InstalledDefect:
    """Return the defect of a level of the factor. Raises UsageError for one that does not exist."""
    return InstalledDefect(PlannedDefect.parse(level))


def known() -> Sequence[Defect]:
    """Return every defect, in the order of layers and names."""
    return tuple(all_defects().values())


def recorder_sources(sources: Mapping[str, str], level: str, *, reached: str) -> dict[str, str]:
    """Return the page's scripts by file name with a recorder defect in them, or with its twin.

    ``reached`` is the JavaScript expression that reports a hit. Raises UsageError for a defect that
    does not exist or is none of the recorder; PatchMissing where the scripts have changed.
    """
    plan = PlannedDefect.parse(level)
    defect = find(plan.id)
    if not isinstance(defect, RecorderDefect):
        raise UsageError(f"{plan.id} is a defect of the {defect.layer}, not of the recorder")
    return {
        name: defect.patched(name, text, twin=plan.twin, reached=reached)
        for name, text in sources.items()
    }
