"""How far a suite is: a bar in a terminal, plain lines elsewhere; on standard error."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from harness.compose.suite import Progress
from harness.core.clock import NS_PER_S
from harness.core.errors import HarnessError
from harness.core.terminal import clean
from harness.ledger.defect import PlannedDefect
from harness.ledger.plan import PlannedCell
from harness.ledger.rundir import arm_text
from harness.ledger.stored import read_phases
from reports.core.text import duration
from reports.pages.words import standing
from reports.verdict.verdict import Cell, Verdict

LOAD_EVERY_S = 10.0
"""How often a load's figures become a line where there is no terminal."""


Found = Callable[[PlannedCell], Cell | None]
"""Returns a cell as it was judged, None while it is not."""


@contextmanager
def show_progress(
    console: Console,
    cells: Sequence[PlannedCell],
    details_of: Path | None = None,
    found: Found | None = None,
) -> Iterator[Callable[[Progress], None]]:
    """Yield a function that shows a suite's progress.

    With ``details_of``, the suite's directory, it prints lines on a terminal too, and of each cell
    that ended how long its phases took and where its run is. With ``found`` a line says the verdict
    of each cell, as soon as it is judged.
    """
    total = sum(1 for cell in cells if cell.not_run is None)
    if details_of is not None or not console.is_terminal:
        lines = _Lines(console, total, details_of, found)
        yield lines
        lines.rest()
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=total, left="")

        def watch(progress: Progress) -> None:
            names = ", ".join(_name(cell) for cell in progress.running) or "starting"
            bar.update(
                task,
                completed=len(progress.done),
                description="\n".join(
                    [names, *(line for load in progress.loads for line in load_lines(load))]
                ),
                left=f"about {duration(progress.left_s)} left",
            )

        yield watch


class _Lines:
    """One line when a cell starts and one when it ends."""

    def __init__(
        self, console: Console, total: int, details_of: Path | None, found: Found | None
    ) -> None:
        self._console = console
        self._total = total
        self._details_of = details_of
        self._found = found
        self._count = 0
        self._ended: list[PlannedCell] = []
        self._printed: set[str] = set()
        self._load_printed_s = -math.inf

    def __call__(self, progress: Progress) -> None:
        """Say what is new since the last call."""
        left = f"about {duration(progress.left_s)} left"
        for cell in [*progress.running, *progress.done]:
            self._once(f"start {cell.run}", f"running {_name(cell)}; {left}")
        if progress.loads and time.monotonic() - self._load_printed_s >= LOAD_EVERY_S:
            self._load_printed_s = time.monotonic()
            for load in progress.loads:
                line = " · ".join(load_lines(load))
                self._console.print(clean(line), markup=False, soft_wrap=True)
        self._ended = list(progress.done)
        for cell in self._not_printed():
            # What a defect may have done to the judge is not kept: its verdict comes at the end.
            if self._found is None or PlannedDefect.of(cell.plan.arm) is not None:
                self._end(cell, "ended", left)
            elif (judged := self._found(cell)) is not None:
                self._end(cell, standing(judged), left, judged.reason)
        self._details()

    def rest(self) -> None:
        """Print what is left to print when the suite has ended."""
        for cell in self._not_printed():
            judged = self._found(cell) if self._found else None
            if judged is None:
                self._end(cell, "ended")
            else:
                self._end(cell, standing(judged), reason=judged.reason)
        self._details()

    def _not_printed(self) -> list[PlannedCell]:
        return [cell for cell in self._ended if f"end {cell.run}" not in self._printed]

    def _end(self, cell: PlannedCell, word: str, left: str = "", reason: str = "") -> None:
        """Print how a cell ended: a verdict, and the reason of one that is no pass."""
        self._count += 1
        more = f"; {left}" if left else ""
        self._once(f"end {cell.run}", f"{self._count}/{self._total} {word}: {_name(cell)}{more}")
        if reason and word != Verdict.PASS.value:
            self._once(f"reason {cell.run}", f"  {reason}")

    def _details(self) -> None:
        """Print the details of the cells that ended whose phases are known by now."""
        if self._details_of is None:
            return
        for cell in self._ended:
            with contextlib.suppress(HarnessError):
                if spans := read_phases(self._details_of / cell.run):
                    took = (
                        f"{one.name} {(one.ended_ns - one.began_ns) / NS_PER_S:.1f} s"
                        for one in spans
                    )
                    where = self._details_of / cell.run
                    self._once(f"details {cell.run}", f"  {', '.join(took)}; {where}")

    def _once(self, key: str, line: str) -> None:
        if key not in self._printed:
            self._printed.add(key)
            self._console.print(clean(line), markup=False, soft_wrap=True)


def load_lines(load: Mapping[str, Any]) -> list[str]:
    """Return what a load looks like now in short lines: achieved and offered rate (requests a
    second), what is in flight, response times of the last ten seconds from the scheduled moment,
    failures, the server's queue, the database's share of the machine, and the time left."""
    if "offered_per_s" not in load:
        return [f"load: {load.get('phase', 'starting')}"]
    times = [load.get(f"p{p}_ms") for p in (50, 95, 99)]
    response = "/".join("–" if ms is None else f"{ms:.1f}" for ms in times)
    database, queue = load.get("database_cpu"), load.get("queue")
    first = [
        f"load: {load['achieved_per_s']:.0f} of {load['offered_per_s']:.0f} requests/s",
        f"{load['in_flight']} in flight",
        f"p50/95/99 {response} ms",
    ]
    second = [
        f"{load['failed']} failed" + (f", {load['capped']} over the cap" if load["capped"] else ""),
        f"queue {'–' if queue is None else queue}",
        f"database {'–' if database is None else f'{100 * database:.0f} %'}",
        f"{load['left_s']:.0f} s left" if load["left_s"] else str(load["phase"]),
    ]
    return [" · ".join(first), " · ".join(second)]


def _name(cell: PlannedCell) -> str:
    return clean(f"{cell.plan.scenario} [{arm_text(cell.plan.arm)}] seed {cell.plan.seed}")
