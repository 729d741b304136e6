"""Pages of results in Markdown: tables, the machine's facts, and whether a goal was reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def page(*parts: str) -> str:
    """Return the parts with a blank line between them."""
    return "\n\n".join(parts) + "\n"


def table(columns: Sequence[str], rows: Iterable[str]) -> str:
    """Return a table of rows that are written out; a column ``name:`` stands to the right."""
    head = " ".join(f"| {name.removesuffix(':')}".rstrip() for name in columns)
    aligned = "".join("|---:" if name.endswith(":") else "|---" for name in columns)
    return "\n".join([f"{head} |", f"{aligned}|", *rows])


def facts_table(facts: Mapping[str, str], *more: tuple[str, str]) -> str:
    """Return the facts of the machine as a table, and what else belongs to them."""
    rows = [f"| {name} | {value} |" for name, value in (*facts.items(), *more)]
    return table(("machine", ""), rows)


def mark(reached: bool, words: tuple[str, str] = ("reached", "missed")) -> str:
    """Return whether a goal was reached, bold where it was not."""
    return words[0] if reached else f"**{words[1]}**"
