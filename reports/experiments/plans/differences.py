"""How plans differ between the control and an arm, as text that can be read.

A slot of an experiment keeps the plan of each statement in its run directory, as EXPLAIN (ANALYZE,
BUFFERS, WAL, FORMAT JSON) gives it. Of the last block in which both have one, the arm's is held
against the control's, node by node.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.errors import HarnessError
from harness.ledger import door
from harness.ledger.json_files import read_json
from reports.experiments.result import Result
from reports.experiments.slots import Block

PLANS = "plans"
_MOST_FILES = 40
_DEEPEST = 64
_INDENT = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPlan:
    """One statement's plan: a line a node, without figures and with them, and its whole cost."""

    shape: tuple[str, ...]
    lines: tuple[str, ...]
    execution_ms: float
    planning_ms: float
    blocks: int
    wal_bytes: int

    @property
    def total(self) -> str:
        """Return its whole cost in words."""
        wal = f", {self.wal_bytes:,} bytes of WAL" if self.wal_bytes else ""
        return (
            f"{self.execution_ms:.3f} ms and {self.planning_ms:.3f} ms of planning, "
            f"{self.blocks:,} buffers{wal}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDifference:
    """An arm's plan of a statement beside the control's, from the same block.

    ``is_same``: both have the same nodes on the same indexes. ``lines`` are those of both plans:
    the control's alone begin with ``-``, the arm's with ``+``, what both have with a blank; figures
    are the arm's there.
    """

    part: str
    statement: str
    arm: str
    block: int
    is_same: bool
    control: StatementPlan
    own: StatementPlan
    lines: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Return what differs in one sentence."""
        what = "the same nodes" if self.is_same else "another plan"
        head = f"{self.statement}, {self.arm}: {what}; {self.own.total}"
        return f"{head}; with the control: {self.control.total}"


def plan_differences(result: Result) -> list[PlanDifference]:
    """Return how plans differ, part by part, statement by statement, arm by arm; nothing where an
    experiment keeps none.

    A plan that cannot be read is left out: the page shows figures without it.
    """
    found = []
    for part in result.plan.parts:
        for arm in result.plan.rivals:
            for block in reversed(result.blocks):
                pairs = list(_pairs(block, part.name, arm, result.plan.control))
                if pairs:
                    found += pairs
                    break
    order = {arm: number for number, arm in enumerate(result.plan.arms)}
    parts = {part.name: number for number, part in enumerate(result.plan.parts)}
    return sorted(found, key=lambda one: (parts[one.part], one.statement, order[one.arm]))


def statement_plan(explained: Mapping[str, Any]) -> StatementPlan:
    """Return a plan from what EXPLAIN gave. Raises KeyError, TypeError or ValueError for another
    thing."""
    root = explained["Plan"]
    nodes = list(_nodes(root, 0))
    return StatementPlan(
        shape=tuple(_INDENT * depth + _named(node) for node, depth in nodes),
        lines=tuple(_INDENT * depth + _with_figures(node) for node, depth in nodes),
        execution_ms=float(explained["Execution Time"]),
        planning_ms=float(explained["Planning Time"]),
        blocks=_blocks(root),
        wal_bytes=int(root.get("WAL Bytes", 0)),
    )


def difference(control: StatementPlan, own: StatementPlan) -> tuple[str, ...]:
    """Return the lines of both plans, each marked with whose it is."""
    lines: list[str] = []
    matcher = difflib.SequenceMatcher(None, control.shape, own.shape, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            lines += [f"  {line}" for line in own.lines[c:d]]
        else:
            lines += [f"- {line}" for line in control.lines[a:b]]
            lines += [f"+ {line}" for line in own.lines[c:d]]
    return tuple(lines)


def _pairs(block: Block, part: str, arm: str, control: str) -> Iterator[PlanDifference]:
    runs = {slot.arm: slot.run for slot in block.slots if slot.part == part and slot.run}
    if not {arm, control} <= runs.keys():
        return
    own, other = (_plans_of(Path(runs[one])) for one in (arm, control))
    for statement in sorted(own.keys() & other.keys()):
        yield PlanDifference(
            part=part,
            statement=statement,
            arm=arm,
            block=block.number,
            is_same=own[statement].shape == other[statement].shape,
            control=other[statement],
            own=own[statement],
            lines=difference(other[statement], own[statement]),
        )


def _plans_of(run: Path) -> dict[str, StatementPlan]:
    """Return a run's plans by statement; what is no plan is left out."""
    found = {}
    for name in _names(run):
        try:
            content = read_json(run / PLANS / name)
            found[name.removesuffix(".json")] = statement_plan(content["plan"])
        except (HarnessError, KeyError, TypeError, ValueError, AttributeError):
            continue
    return found


def _names(run: Path) -> Sequence[str]:
    try:
        files = door.files_below(run, PLANS, most=_MOST_FILES)
    except (OSError, HarnessError):
        return []
    return [name for name, _ in files if name.endswith(".json") and "/" not in name]


def _nodes(node: Mapping[str, Any], depth: int) -> Iterator[tuple[Mapping[str, Any], int]]:
    if depth > _DEEPEST:
        raise ValueError("a plan is deeper than any that is read")
    yield node, depth
    for below in node.get("Plans", ()):
        yield from _nodes(below, depth + 1)


def _named(node: Mapping[str, Any]) -> str:
    """Return a node's kind, and what it reads."""
    words = [str(node["Node Type"])]
    if node.get("Join Type") not in (None, "Inner"):
        words.append(f"({str(node['Join Type']).lower()} join)")
    if "Index Name" in node:
        words.append(f"using {node['Index Name']}")
    if "Relation Name" in node:
        words.append(f"on {node['Relation Name']}")
    return " ".join(words)


def _with_figures(node: Mapping[str, Any]) -> str:
    loops = int(node.get("Actual Loops", 0))
    if not loops:
        return f"{_named(node)}: never run"
    rows = f"{float(node['Actual Rows']):,.0f} rows"
    repeated = f", {loops:,} times" if loops > 1 else ""
    took = f"{float(node['Actual Total Time']) * loops:.3f} ms"
    heap = f", {int(node['Heap Fetches']):,} heap fetches" if "Heap Fetches" in node else ""
    left = int(node.get("Rows Removed by Filter", 0)) + int(
        node.get("Rows Removed by Join Filter", 0)
    )
    filtered = f", {left:,} left out" if left else ""
    return f"{_named(node)}: {rows}{repeated}, {took}, {_blocks(node):,} buffers{heap}{filtered}"


def _blocks(node: Mapping[str, Any]) -> int:
    return int(node.get("Shared Hit Blocks", 0)) + int(node.get("Shared Read Blocks", 0))
