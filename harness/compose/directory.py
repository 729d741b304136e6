"""The directory of a suite: made before the first cell starts, ended after the last."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.core.clock import utc_stamp
from harness.core.errors import HarnessError
from harness.ledger.plan import (
    PlannedCell,
    SuiteEnd,
    SuiteOptions,
    SuitePlan,
    write_suite_end,
)
from harness.ledger.rundir import versions
from scenarios.catalogue.roadmap import ROADMAP


@dataclass(slots=True, kw_only=True)
class SuiteOutcome:
    """How a suite ends, while it runs. ``trouble`` says in one line why cells were left out."""

    interrupted: bool = False
    trouble: str = ""

    def interrupt(self) -> None:
        """Take note of Ctrl-C: what did not run was interrupted before its turn."""
        self.interrupted, self.trouble = True, "interrupted before its turn"


def suite_plan(
    name: str, command: str, cells: Sequence[PlannedCell], options: SuiteOptions | None = None
) -> SuitePlan:
    """Return the plan of a suite that starts now, by this revision on this machine."""
    return SuitePlan(
        suite=name,
        command=command,
        cells=tuple(cells),
        options=options or SuiteOptions(),
        facts=versions(),
        roadmap=ROADMAP,
    )


@contextmanager
def suite_end(directory: Path) -> Iterator[SuiteOutcome]:
    """Yield the end of a suite, to be filled in; it is written when the block is left.

    A suite whose block raised has no end: it was cut short.
    """
    began_s, outcome = time.monotonic(), SuiteOutcome()
    yield outcome
    end = SuiteEnd(
        interrupted=outcome.interrupted,
        trouble=outcome.trouble,
        duration_s=time.monotonic() - began_s,
    )
    write_suite_end(directory, end)


def make_suite_directory(out: Path, kind: str, *, started: str = "") -> Path:
    """Make a new directory for a suite below ``out`` and point ``latest`` beside it at it.

    Its name tells when the suite started (default: now), by which process, and its ``kind``.
    Raises HarnessError when it cannot be made.
    """
    name = f"{started or utc_stamp()}-{os.getpid()}-{kind}"
    directory = out / name
    try:
        directory.mkdir(parents=True, exist_ok=False)
        (directory / "logs").mkdir()
        latest = out / "latest"
        if latest.is_symlink() or not latest.exists():
            beside = out / f".latest-{name}"
            beside.symlink_to(name)
            beside.replace(latest)
    except OSError as error:
        raise HarnessError(
            f"cannot make the directory {directory}: {error.strerror}",
            hint="Choose another place with --out",
        ) from error
    return directory
