"""The score: how many mutants were noticed, by module, with and without prose."""

from __future__ import annotations

from collections.abc import Iterable

from tests.mutation.record import Measured, Record


def share(entries: Iterable[Measured], *, prose: bool) -> float:
    """Return the share (0 to 1) of mutants that were noticed; those that hang count as noticed."""
    every = list(entries)
    total = sum(one.mutants - (0 if prose else one.prose) for one in every)
    missed = sum(len(one.survivors) + (one.prose_survived if prose else 0) for one in every)
    return (total - missed) / total if total else 1.0


def summary(record: Record, explained: int) -> str:
    """Return the whole record in one line."""
    every = [entry for functions in record.values() for entry in functions.values()]
    total, survivors = sum(one.mutants for one in every), sum(len(one.survivors) for one in every)
    return (
        f"mutation: {total} mutants of {len(every)} functions in {len(record)} modules, "
        f"{sum(one.killed for one in every)} killed, {sum(one.timeout for one in every)} hang, "
        f"{survivors} survive ({explained} explained), "
        f"{sum(one.prose_survived for one in every)} of {sum(one.prose for one in every)} of prose "
        f"survive: {share(every, prose=False):.1%} without prose, {share(every, prose=True):.1%} "
        "with"
    )


def table(record: Record) -> str:
    """Return a Markdown table, one module a row."""
    head = "| module | mutants | killed | hang | survive | prose survives | score | with prose |"
    lines = [head, "|---|--:|--:|--:|--:|--:|--:|--:|"]
    for module, functions in sorted(record.items()):
        every = list(functions.values())
        lines.append(
            f"| {module} | {sum(one.mutants for one in every)} "
            f"| {sum(one.killed for one in every)} | {sum(one.timeout for one in every)} "
            f"| {sum(len(one.survivors) for one in every)} "
            f"| {sum(one.prose_survived for one in every)} "
            f"| {share(every, prose=False):.1%} | {share(every, prose=True):.1%} |"
        )
    return "\n".join(lines)
