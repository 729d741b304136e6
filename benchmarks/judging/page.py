"""The page: what the commands took at each size, with the goal of the largest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from benchmarks.judging.commands import Took
from benchmarks.markdown import facts_table, mark, page, table

GOAL_BYTES = 2_000_000_000
GOAL_S = 240.0
GOAL_OBSERVATIONS = 90_000_000
_COLUMNS = ("command", "observations:", "CPU:", "elapsed:", "peak resident:", "prints", "")


def as_json(when: str, facts: Mapping[str, str], rows: Sequence[Took]) -> dict[str, Any]:
    """Return everything that was measured."""
    return {"format": 1, "when": when, "facts": dict(facts), "rows": msgspec.to_builtins(rows)}


def as_markdown(when: str, facts: Mapping[str, str], rows: Sequence[Took]) -> str:
    """Return the page."""
    return page(
        f"# Large runs: judging, explaining, comparing, {when}",
        "Made by `python -m benchmarks.judging`: a synthetic load of batches of four, every "
        "impression recorded once, written in the real formats; each command is a process of its "
        f"own. CPU counts user and system. The goal is {GOAL_OBSERVATIONS // 10**6} million "
        f"observations or more judged in less than {GOAL_S:g} s with less than "
        f"{GOAL_BYTES / 1e9:g} GB.",
        table(_COLUMNS, map(_row, rows)),
        facts_table(facts),
    )


def reached(row: Took) -> bool:
    """Return whether a large run was judged within the goal."""
    return row.elapsed_s < GOAL_S and row.peak_bytes < GOAL_BYTES


def _row(row: Took) -> str:
    goal = ""
    if row.command == "report" and row.observations >= GOAL_OBSERVATIONS:
        goal = mark(reached(row))
    printed = row.printed.replace("|", r"\|")
    return (
        f"| {row.command} | {row.observations:,} | {row.cpu_s:.1f} s | {row.elapsed_s:.1f} s "
        f"| {row.peak_bytes / 1e9:.2f} GB | {printed} | {goal} |"
    )
