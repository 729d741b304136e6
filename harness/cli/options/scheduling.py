"""The options of ``harness run`` that say how much of a plan runs now, and in what time."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import click

from harness.cli.options.shared import FiniteRange
from harness.compose.scheduling.answered import answers_of
from harness.compose.scheduling.durations import committed, remembered, timed, wall_s
from harness.compose.scheduling.rotation import (
    key_of,
    read_evidence,
    within_budget,
    without_answered,
)
from harness.compose.scheduling.selecting import (
    Shard,
    failed_in,
    matching,
    of_names,
    of_shard,
    shards_of,
)
from harness.core.errors import UsageError
from harness.ledger.plan import PlannedCell
from reports.core import text
from reports.judging.judge import judge_suite

F = TypeVar("F", bound=Callable[..., object])

ASK_FROM_S = 600.0
"""From which expected length on a suite asks on a terminal before it starts."""

_OPTIONS = (
    click.option(
        "--budget",
        metavar="MIN",
        type=FiniteRange(0, min_open=True),
        help="Run what fits into this many minutes, the oldest evidence first.",
    ),
    click.option("--shard", metavar="K/N", help="Run the K-th of N parts; `harness merge` joins."),
    click.option("--grep", metavar="REGEX", help="Only cells in whose name this is found."),
    click.option(
        "--last-failed", is_flag=True, help="Only cells that failed or were undecided last time."
    ),
    click.option("--dry-run", is_flag=True, help="Show the plan and its time; run nothing."),
    click.option(
        "--resume",
        metavar="DIR",
        type=click.Path(path_type=Path),
        help="Go on with a suite that was cut short.",
    ),
    click.option("-y", "--yes", is_flag=True, help="Do not ask before a long suite."),
)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """The cells of a plan, and the names of those that are this shard's, empty without shards."""

    cells: list[PlannedCell]
    own: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What of a plan runs, and whether it runs at all."""

    budget_min: float | None
    shard: Shard | None
    grep: str
    last_failed: bool
    dry_run: bool
    resume: Path | None
    yes: bool

    def of(
        self,
        cells: list[PlannedCell],
        out: Path,
        *,
        target: str,
        at_once: int,
        grows_with: Mapping[str, str] = MappingProxyType({}),
    ) -> Scheduled:
        """Return the cells with how long each takes; what is left for others is not run.

        ``target`` is the name of what is tried, ``grows_with`` scenario → the factor of which a
        greater number answers a smaller one; cells that were chosen one by one run all the same.
        Raises UsageError when no cell is left.
        """
        if self.last_failed:
            latest = out / "latest"
            names = failed_in(judge_suite(latest))
            if not names:
                raise UsageError(f"--last-failed: nothing failed in {latest.resolve()}")
            cells = of_names(cells, names, latest.resolve())
        if self.grep:
            cells = matching(cells, self.grep)
        own: list[str] = []
        if self.shard:
            # What earlier suites took here is not known elsewhere: all must come to the same parts.
            common = committed()
            at = shards_of(cells, self.shard.count, {key_of(c): common.of(c) for c in cells})
            own = [name for name, number in at.items() if number == self.shard.number]
            cells = of_shard(cells, self.shard, at)
        cells = timed(cells, remembered(out))
        answers = {} if self.grep or self.last_failed else answers_of(cells, grows_with)
        if self.budget_min is not None:
            cells = within_budget(
                cells,
                read_evidence(out, target),
                budget_s=60 * self.budget_min,
                at_once=at_once,
                answers=answers,
            )
        elif answers:
            cells = without_answered(cells, read_evidence(out, target), answers)
        return Scheduled(cells, tuple(own))

    def with_budget(self, minutes: float | None) -> Schedule:
        """Return the same with a suite's own budget, unless another was given."""
        return self if self.budget_min is not None else replace(self, budget_min=minutes)


def schedule_options(command: F) -> F:
    """Give a command the options about scheduling, as ``schedule``."""

    @functools.wraps(command)
    def with_schedule(*args: Any, **given: Any) -> object:
        shard = given.pop("shard")
        schedule = Schedule(
            budget_min=given.pop("budget"),
            shard=Shard.parse(shard) if shard else None,
            grep=given.pop("grep") or "",
            last_failed=given.pop("last_failed"),
            dry_run=given.pop("dry_run"),
            resume=given.pop("resume"),
            yes=given.pop("yes"),
        )
        return command(*args, **given, schedule=schedule)

    for option in reversed(_OPTIONS):
        with_schedule = option(with_schedule)
    return with_schedule  # type: ignore[return-value]


def expected_line(cells: Sequence[PlannedCell], at_once: int, why: str = "") -> str:
    """Return how many cells run, about how long that takes, and how many are left out and why.

    ``why`` says where ``at_once`` comes from.
    """
    runs = sum(1 for cell in cells if cell.not_run is None)
    left = [cell.not_run.kind for cell in cells if cell.not_run]
    whys = {"budget": "left for others", "missing": "lack a part", "unsupported": "unsupported"}
    out = [f"{left.count(kind)} {why}" for kind, why in whys.items() if kind in left]
    about = f"about {text.duration(wall_s(cells, at_once))}" if runs else "no time"
    reason = f" ({why})" if why else ""
    beside = f" ({', '.join(out)})" if out else ""
    return f"{runs} of {len(cells)} cells run, {about} with -n {at_once}{reason}{beside}"


def dry_run_lines(cells: Sequence[PlannedCell]) -> Iterator[str]:
    """Yield one line a scenario: how many of its cells run, how long they take; below it the cells
    that run, and why the others do not."""
    for name in dict.fromkeys(cell.plan.scenario for cell in cells):
        mine = [cell for cell in cells if cell.plan.scenario == name]
        runs = [cell for cell in mine if cell.not_run is None]
        alone = ", alone" if runs and runs[0].exclusive else ""
        about = text.duration(sum(cell.about_s for cell in runs)) if runs else "–"
        yield f"{len(runs):>4} of {len(mine):<4} {about:>12}{alone}  {name}"
        for cell in mine:
            if cell.not_run is None:
                yield f"{'':24}{text.duration(cell.about_s):>9}  {key_of(cell)}"
        reasons = Counter(cell.not_run.reason for cell in mine if cell.not_run)
        for reason, count in reasons.items():
            yield f"{'':24}{count:>4} not run: {reason}"
