"""A suite's way into the history: the machine's pace around it, its facts after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.compose.experiments.canary import canary_s
from harness.compose.history.archive import SUITES
from harness.compose.history.history import open_archive
from harness.core.environment import cpu_model
from harness.core.errors import HarnessError
from harness.ledger.history.context import SuiteContext, write_context
from harness.ledger.history.facts import canonical, digest_of
from harness.ledger.plan import PlannedCell
from reports.history.facts import facts_of
from reports.judging.judge import JudgedSuite

CANARIES = 3
"""How often the canary is timed before a suite, and how often after it."""


@contextmanager
def recorded_context(
    directory: Path, cells: Sequence[PlannedCell], *, revision: str, workers: int
) -> Iterator[None]:
    """Hold around a suite: write what it ran in, with canaries where cells measure speed."""
    timed = any(cell.exclusive and cell.not_run is None for cell in cells)
    before = _canaries_ms() if timed else ()
    yield
    context = SuiteContext(
        revision=revision,
        cpu=cpu_model(),
        workers=workers,
        canary_ms=(*before, *(_canaries_ms() if timed else ())),
    )
    write_context(directory, context)


def append(place: str, directory: Path, judged: JudgedSuite) -> str:
    """Keep a suite in the history at ``place``; return a line that says so, or why it could not.

    Only its file is written: the index follows when the history is read. A history that cannot be
    written must not take the suite's verdict along.
    """
    try:
        raw = canonical(facts_of(directory, judged))
        with open_archive(place) as archive:
            archive.write(SUITES, f"{digest_of(raw)}.json", raw)
            return f"history: {archive.place}"
    except HarnessError as error:
        return f"history: not kept: {error.line}"


def _canaries_ms() -> tuple[float, ...]:
    return tuple(1000 * canary_s() for _ in range(CANARIES))
