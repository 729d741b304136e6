"""Targets as data: what a load must hold, read from a file and made into checks.

The file says metric, limit and window; each metric is judged by one check of ``reports.checks``.
Every mistake is one line that names the file, the target and what is known.
"""

from __future__ import annotations

import math
import operator
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace

import scenarios
from harness.core.errors import UsageError
from harness.ledger.plan import PlannedCell
from harness.ledger.rundir import CheckSpec
from reports.statistics.share import BLOCK_S, BLOCKS_MIN

TARGETS_FILE = Path(scenarios.__file__).parent / "targets.toml"
FORMAT = 1
MATRIX = "load"
_SHORTEST_S = BLOCK_S * BLOCKS_MIN
_KEYS = {"metric", "below", "above", "exclude_first_s", "for_s"}


@dataclass(frozen=True, slots=True)
class _Metric:
    """By which check and parameter a metric is judged, from which side, in which windows."""

    check: str
    parameter: str
    side: str
    windows: tuple[str, ...] = ()
    scale: float = 1.0


METRICS: Mapping[str, _Metric] = {
    "response_p95_ms": _Metric("latency_p95", "limit_ms", "below", ("exclude_first_s", "for_s")),
    "flush_success_percent": _Metric(
        "flush_success", "minimum", "above", ("exclude_first_s",), 0.01
    ),
    "database_cpu_percent": _Metric(
        "database_cpu", "limit_percent", "below", ("exclude_first_s", "for_s")
    ),
    "server_memory_bytes_per_impression": _Metric(
        "memory_growth", "limit_bytes", "below", ("exclude_first_s",)
    ),
    "server_memory_percent_per_1000_impressions": _Metric(
        "memory_growth", "limit_percent", "below", ("exclude_first_s",)
    ),
    "page_memory_percent_per_1000_impressions": _Metric(
        "page_memory_growth", "limit_percent", "below"
    ),
    "new_row_percent": _Metric("new_row_share", "minimum", "above", (), 0.01),
    "offered_percent": _Metric("offered_rate", "minimum", "above", (), 0.01),
    "sustained_impressions_per_s": _Metric("sustains", "at_least", "above"),
}
"""Metric → how it is judged."""

_OF_THE_PAGE = frozenset({"page_memory_growth"})
_OF_ANOTHER_WORKLOAD = frozenset({"sustains"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLine:
    """One target: its name in the file, its metric, and the check that judges it."""

    name: str
    metric: str
    check: CheckSpec


def load_targets(path: Path = TARGETS_FILE) -> tuple[TargetLine, ...]:
    """Read a targets file. Raises UsageError that names the file, the target and the mistake."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the targets file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the targets file {path} is not TOML: {error}") from error
    if data.get("format") != FORMAT:
        raise UsageError(f"{path}: format is {data.get('format')!r}, expected {FORMAT}")
    if unknown := data.keys() - {"format", "targets"}:
        raise UsageError(f"{path}: unknown key {', '.join(sorted(unknown))}",
                         hint="Known: format, targets")  # fmt: skip
    tables = data.get("targets", {})
    if not isinstance(tables, dict) or not tables:
        raise UsageError(f"{path}: there is no [targets.…] table")
    lines = tuple(_line(path, name, table) for name, table in tables.items())
    by_metric: dict[str, str] = {}
    for line in lines:
        if line.metric in by_metric:
            raise UsageError(
                f"{path}: [targets.{line.name}] and [targets.{by_metric[line.metric]}] both judge "
                f"{line.metric}"
            )
        by_metric[line.metric] = line.name
    return lines


def target_check(metric: str, lines: Sequence[TargetLine] | None = None) -> CheckSpec:
    """Return the check of the target for a metric. Raises UsageError when there is none."""
    for line in load_targets() if lines is None else lines:
        if line.metric == metric:
            return line.check
    raise UsageError(f"no target judges {metric}", hint=f"Known metrics: {', '.join(METRICS)}")


def with_targets(cells: Sequence[PlannedCell], lines: Sequence[TargetLine]) -> list[PlannedCell]:
    """Return the cells of the load matrix judged by these targets.

    A target takes the place of the check that a cell has for it; the others come on top, but what
    is about pages or about a search for the knee stays with the cells that have such a check.
    """
    return [
        replace(cell, plan=replace(cell.plan, checks=_judged_by(cell.plan.checks, lines)))
        if cell.plan.matrix == MATRIX
        else cell
        for cell in cells
    ]


def _judged_by(checks: Sequence[CheckSpec], lines: Sequence[TargetLine]) -> tuple[CheckSpec, ...]:
    mine = {line.check.name: line.check for line in lines}
    has = {check.name for check in checks}
    kept = [
        # What the cell's own check says beside the limit (slots, say) still holds.
        CheckSpec(name=c.name, parameters=_merged(c, mine[c.name])) if c.name in mine else c
        for c in checks
    ]
    bound = _OF_THE_PAGE | _OF_ANOTHER_WORKLOAD
    return (*kept, *(c for name, c in mine.items() if name not in has and name not in bound))


def _merged(own: CheckSpec, target: CheckSpec) -> dict[str, float | str]:
    limits = {m.parameter for m in METRICS.values()} | {"exclude_first_s", "for_s"}
    rest = {name: value for name, value in own.parameters.items() if name not in limits}
    if own.name == "sustains":
        rest["limit_ms"] = own.parameters["limit_ms"]
    return {**rest, **target.parameters}


def _line(path: Path, name: str, table: Any) -> TargetLine:
    where = f"{path}: [targets.{name}]"
    if not isinstance(table, dict):
        raise UsageError(f"{where} must be a table")
    if unknown := table.keys() - _KEYS:
        raise UsageError(f"{where} has unknown key {', '.join(sorted(unknown))}",
                         hint=f"Known: {', '.join(sorted(_KEYS))}")  # fmt: skip
    metric = METRICS.get(table.get("metric", ""))
    if metric is None:
        raise UsageError(f"{where} has unknown metric {table.get('metric')!r}",
                         hint=f"Known: {', '.join(METRICS)}")  # fmt: skip
    sides = [side for side in ("below", "above") if side in table]
    if sides != [metric.side]:
        raise UsageError(f"{where}: {table['metric']} is limited by one {metric.side!r}")
    limit = _number(where, table, metric.side, lambda value: value > 0, "a number above 0")
    parameters: dict[str, float | str] = {metric.parameter: round(limit * metric.scale, 12)}
    if metric.scale == 0.01 and limit > 100:
        raise UsageError(f"{where}: {metric.side} {limit:g} is more than 100 %")
    for window in ("exclude_first_s", "for_s"):
        if window not in table:
            continue
        if window not in metric.windows:
            raise UsageError(f"{where}: {table['metric']} has no {window}")
        least = _SHORTEST_S if window == "for_s" else 0.0
        words = f"{least:g} s or more" if least else "0 s or more"
        parameters[window] = _number(where, table, window, partial(operator.le, least), words)
    return TargetLine(
        name=name,
        metric=table["metric"],
        check=CheckSpec(name=metric.check, parameters=parameters),
    )


def _number(
    where: str, table: Mapping[str, Any], key: str, fits: Callable[[float], bool], words: str
) -> float:
    value = table[key]
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not math.isfinite(value) or not fits(float(value)):
        raise UsageError(f"{where}: {key} is {value!r}, it must be {words}")
    return float(value)
