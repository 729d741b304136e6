"""Merging the shards of a suite: their runs in one directory, judged as if one machine had run all.

A shard's plan.json holds every cell of the suite, and shard.json which part of it was run, so that
a shard that is missing leaves its cells ``unknown``: nothing can be left out quietly.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from harness.compose.directory import make_suite_directory
from harness.compose.scheduling.rotation import key_of
from harness.compose.scheduling.selecting import Shard
from harness.core.errors import HarnessError, LedgerDamaged, UsageError
from harness.ledger import door
from harness.ledger.history.context import SuiteContext, read_context, write_context
from harness.ledger.json_files import Record, read_record, write_record
from harness.ledger.plan import PlannedCell, SuiteEnd, SuitePlan, write_plan, write_suite_end
from harness.ledger.rundir import RUN_FILE, RunPlan
from harness.ledger.stored import read_plan, read_suite_end
from harness.target.target import Target

SHARD_FILE = "shard.json"
_SAME = ("harness", "revision", "python", "playwright", "locust", "aiohttp", "psycopg", "pandas")
"""Versions that must be the same on every machine; systems and processors may differ."""


class ShardRecord(Record, frozen=True, kw_only=True):
    """shard.json: which part of the suite this directory has, and which cells are its own."""

    format: int = 1
    number: int
    count: int
    own: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """One shard as it was stored."""

    directory: Path
    shard: ShardRecord
    plan: SuitePlan
    end: SuiteEnd | None
    context: SuiteContext


def write_shard(directory: Path, shard: Shard, own: Sequence[str]) -> None:
    """Write shard.json; ``own`` are the names of its cells. Raises OSError."""
    record = ShardRecord(number=shard.number, count=shard.count, own=tuple(own))
    write_record(directory / SHARD_FILE, record)


def merge(directories: Sequence[Path], out: Path, *, command: str) -> Path:
    """Copy the shards' runs into a new suite directory below ``out`` and return it.

    ``command`` is what the whole was made by.

    Raises UsageError for what are not shards of one suite: another plan, other versions, one that
    is given twice.
    """
    parts = [_read(directory) for directory in directories]
    _refuse_mixed(parts)
    first = parts[0]
    owners = {name: part for part in parts for name in part.shard.own}
    cells = [_as_owned(cell, owners) for cell in first.plan.cells]
    present = {part.shard.number for part in parts}
    missing = [n for n in range(1, first.shard.count + 1) if n not in present]
    directory = make_suite_directory(out, "merged", started=first.plan.started)
    write_plan(directory, replace(first.plan, command=command, cells=cells))
    for part in parts:
        _copy(part, directory)
    write_context(directory, _context_of(parts))
    write_suite_end(directory, _end_of(parts, missing))
    return directory


def _read(directory: Path) -> _Part:
    if not door.is_there(directory, SHARD_FILE):
        raise UsageError(
            f"{directory} is no shard of a suite", hint="Run it with `harness run --shard K/N`"
        )
    shard = read_record(directory / SHARD_FILE, ShardRecord)
    plan = read_plan(directory)
    if strange := set(shard.own) - {key_of(cell) for cell in plan.cells}:
        raise LedgerDamaged(f"{directory / SHARD_FILE}: own: the plan has no {min(strange)}")
    context = read_context(directory) or SuiteContext()
    return _Part(directory, shard, plan, read_suite_end(directory), context)


def _refuse_mixed(parts: Sequence[_Part]) -> None:
    """Raise UsageError unless these are different shards of one suite by one revision."""
    first, numbers = parts[0], set[int]()
    for part in parts:
        where = f"{first.directory} and {part.directory}"
        for fact in _SAME:
            a, b = (one.plan.facts.get(fact, "") for one in (first, part))
            if a != b:
                raise UsageError(
                    f"{where} are of different versions: {fact} {a or '–'} and {b or '–'}",
                    hint="Run all shards of a suite with one revision",
                )
        a, b = first.context.revision, part.context.revision
        if a != b:
            raise UsageError(f"{where} tried different revisions: {a or '–'} and {b or '–'}")
        if part.shard.count != first.shard.count or _asked(part) != _asked(first):
            raise UsageError(f"{where} are not shards of the same suite")
        if part.shard.number in numbers:
            raise UsageError(f"shard {part.shard.number}/{part.shard.count} is given twice")
        numbers.add(part.shard.number)
    owned = [name for part in parts for name in part.shard.own]
    if twice := sorted({name for name in owned if owned.count(name) > 1}):
        raise UsageError(
            f"{twice[0]} is in two shards", hint="They were planned by different durations"
        )


def _asked(part: _Part) -> tuple[str, Target, list[RunPlan]]:
    plan = part.plan
    return plan.suite, plan.options.target, [cell.plan for cell in plan.cells]


def _as_owned(cell: PlannedCell, owners: dict[str, _Part]) -> PlannedCell:
    """Return a cell as the shard that owns it planned it, one of a missing shard as to be run."""
    part = owners.get(key_of(cell))
    if part is None:
        exists = cell.not_run is None or cell.not_run.kind != "unsupported"
        return replace(cell, not_run=None) if exists else cell
    return next(one for one in part.plan.cells if key_of(one) == key_of(cell))


def _context_of(parts: Sequence[_Part]) -> SuiteContext:
    """Return what the whole ran in. Figures of several processors are of an environment of their
    own; canaries of several machines are of none."""
    contexts = [part.context for part in parts]
    return SuiteContext(
        revision=contexts[0].revision,
        cpu=" + ".join(sorted({context.cpu for context in contexts if context.cpu})),
        workers=max(context.workers for context in contexts),
    )


def _end_of(parts: Sequence[_Part], missing: Sequence[int]) -> SuiteEnd:
    """Return how the whole ended: as long as its longest shard, interrupted if any was."""
    count = parts[0].shard.count
    troubles = [f"shard {number}/{count} is missing" for number in missing]
    for part in parts:
        if part.end is None:
            troubles.append(f"shard {part.shard.number}/{count} was cut short")
        elif part.end.trouble:
            troubles.append(f"shard {part.shard.number}/{count}: {part.end.trouble}")
    return SuiteEnd(
        interrupted=any(part.end is None or part.end.interrupted for part in parts),
        trouble="; ".join(troubles),
        duration_s=max((part.end.duration_s for part in parts if part.end), default=0.0),
    )


def _copy(part: _Part, directory: Path) -> None:
    """Copy the runs of a shard's own cells, and its logs. Raises HarnessError."""
    own = set(part.shard.own)
    try:
        for cell in part.plan.cells:
            run = door.below(part.directory, cell.run)
            if key_of(cell) in own and door.is_there(run, RUN_FILE):
                shutil.copytree(run, directory / cell.run, symlinks=True)
        logs = part.directory / "logs"
        if logs.is_dir():
            shutil.copytree(logs, directory / "logs" / f"shard-{part.shard.number}", symlinks=True)
    except (OSError, shutil.Error) as error:
        raise HarnessError(
            f"cannot copy {part.directory} into {directory}: {error}",
            hint="Free some space, then merge again",
        ) from error
