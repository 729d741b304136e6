"""How far a suite is: a bar in a terminal, plain lines elsewhere; on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from harness.plan import PlannedCell
from harness.rundir import arm_text
from harness.suite import Progress


@contextmanager
def show_progress(
    console: Console, cells: Sequence[PlannedCell]
) -> Iterator[Callable[[Progress], None]]:
    """Yield a function that shows the progress it is told."""
    total = sum(1 for cell in cells if cell.not_run is None)
    if not console.is_terminal:
        yield _Lines(console, total)
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
                description=names,
                left=f"about {progress.left_s:.0f} s left",
            )

        yield watch


class _Lines:
    """One line when a cell starts and one when it ends."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._told: set[str] = set()

    def __call__(self, progress: Progress) -> None:
        """Say what is new since the last call."""
        left = f"about {progress.left_s:.0f} s left"
        for cell in [*progress.running, *progress.done]:
            self._once(f"start {cell.run}", f"running {_name(cell)}; {left}")
        for cell in progress.done:
            self._once(
                f"end {cell.run}", f"{len(progress.done)}/{self._total} ended: {_name(cell)}"
            )

    def _once(self, key: str, line: str) -> None:
        if key not in self._told:
            self._told.add(key)
            self._console.print(line, markup=False, soft_wrap=True)


def _name(cell: PlannedCell) -> str:
    return f"{cell.plan.scenario} [{arm_text(cell.plan.arm)}] seed {cell.plan.seed}"
