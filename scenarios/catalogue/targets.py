"""Targets as data: what a load must hold, read from a file and made into checks.

The file says metric, limit and window; each metric is judged by one check of ``reports.checks``.
Every mistake is one line that names the file, the target and what is known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

import scenarios
from harness.core.errors import UsageError
from harness.core.toml import read_toml
from harness.ledger.rundir import CheckSpec
from reports.statistics.share import BLOCK_S, BLOCKS_MIN

TARGETS_FILE = Path(scenarios.__file__).parent / "targets.toml"
FORMAT = 1
MATRIX = "load"
_SHORTEST_S = BLOCK_S * BLOCKS_MIN

_Limit = Annotated[float, msgspec.Meta(gt=0)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One target as the file has it."""

    metric: str
    below: _Limit | None = None
    above: _Limit | None = None
    exclude_first_s: Annotated[float, msgspec.Meta(ge=0)] | None = None
    for_s: Annotated[float, msgspec.Meta(ge=_SHORTEST_S)] | None = None


class _TargetsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    targets: dict[str, _Table] = {}


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
    "response_p99_ms": _Metric("latency_p99", "limit_ms", "below", ("exclude_first_s", "for_s")),
    "response_worst_ms": _Metric("latency_worst", "limit_ms", "below", ("exclude_first_s",)),
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
    file = read_toml(path, _TargetsFile, what="targets file", version=FORMAT)
    if not file.targets:
        raise UsageError(f"{path}: there is no [targets.…] table")
    lines = tuple(_line(path, name, table) for name, table in file.targets.items())
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


def judged_by(checks: Sequence[CheckSpec], lines: Sequence[TargetLine]) -> tuple[CheckSpec, ...]:
    """Return the checks of a cell of the load matrix, with these targets for limits.

    A target takes the place of the check that a cell has for it; the others come on top, but what
    is about pages or about a search for the knee stays with the cells that have such a check.
    """
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


def _line(path: Path, name: str, table: _Table) -> TargetLine:
    where = f"{path}: [targets.{name}]"
    metric = METRICS.get(table.metric)
    if metric is None:
        raise UsageError(
            f"{where} has unknown metric {table.metric!r}", hint=f"Known: {', '.join(METRICS)}"
        )
    given = msgspec.structs.asdict(table)
    if [side for side in ("below", "above") if given[side] is not None] != [metric.side]:
        raise UsageError(f"{where}: {table.metric} is limited by one {metric.side!r}")
    for key, value in given.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise UsageError(f"{where}: {key} is {value!r}, it must be a finite number")
    limit = given[metric.side]
    if metric.scale == 0.01 and limit > 100:
        raise UsageError(f"{where}: {metric.side} {limit:g} is more than 100 %")
    parameters: dict[str, float | str] = {metric.parameter: round(limit * metric.scale, 12)}
    for window in ("exclude_first_s", "for_s"):
        if given[window] is None:
            continue
        if window not in metric.windows:
            raise UsageError(f"{where}: {table.metric} has no {window}")
        parameters[window] = given[window]
    return TargetLine(
        name=name,
        metric=table.metric,
        check=CheckSpec(name=metric.check, parameters=parameters),
    )
