"""The words every report shares: glyphs, fates, figures and commands, written the same way.

Whatever shows a verdict (page, terminal, Markdown, JUnit) takes its words from here, so that a
reader who has learned one of them can read the others.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping

from harness.core.terminal import escaped
from harness.ledger.defect import FACTOR
from reports.core.text import clean, one_line
from reports.evidence.fates import FATE_MEANINGS
from reports.verdict.verdict import Cell, NotRunKind, SuiteVerdict, Verdict, counts_of

GLYPHS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.UNKNOWN: "?", Verdict.NOT_RUN: "·"}
ASCII_GLYPHS = {Verdict.PASS: "+", Verdict.FAIL: "x", Verdict.UNKNOWN: "?", Verdict.NOT_RUN: "-"}

# A failure that was foretold is still a failure: its own word and glyph, never those of a pass.
EXPECTED_WORD, EXPECTED_GLYPH, EXPECTED_ASCII_GLYPH = "expected fail", "⊗", "~"
EXPECTED_MEANING = (
    "it failed just as it is known to: these checks, these fates and this share of what was shown; "
    "it neither fails the suite nor counts as a pass"
)

VERDICT_MEANINGS = {
    Verdict.PASS: "every check that the target offers the evidence for was decided and kept",
    Verdict.FAIL: "at least one check was broken by the system under test",
    Verdict.UNKNOWN: "the evidence is missing, too thin, or the instrument was not trustworthy",
    Verdict.NOT_RUN: "never executed, without evidence from the target, or not promised by it",
}

REFERENCE = "reference"
"""The name of the reference system, which a report need not name."""

NOT_RUN_MEANINGS = {
    NotRunKind.UNSUPPORTED: "unsupported",
    NotRunKind.MISSING: "a part is missing",
    NotRunKind.BUDGET: "not now",
}

_NAMED_MAX = 8
"""A warning names at most eight defects."""


def glyph(cell: Cell) -> str:
    """Return the cell's glyph; an expected failure has its own."""
    return EXPECTED_GLYPH if cell.failed_as_expected else GLYPHS[cell.verdict]


def ascii_glyph(cell: Cell) -> str:
    """Return the cell's glyph for a terminal that knows only ASCII."""
    return EXPECTED_ASCII_GLYPH if cell.failed_as_expected else ASCII_GLYPHS[cell.verdict]


def standing(cell: Cell) -> str:
    """Return the cell's verdict in words; an expected failure has its own."""
    return EXPECTED_WORD if cell.failed_as_expected else cell.verdict.value


def what_was_found(cell: Cell) -> str:
    """Return the cell's reason on one line, with why it did not run and with its news."""
    if cell.verdict is Verdict.NOT_RUN:
        return not_run_reason(cell)
    reason = one_line(cell.reason)
    return f"{reason}; news: {one_line(cell.news)}" if cell.news else reason


def worst_first(cells: Iterable[Cell]) -> list[Cell]:
    """Return the cells, the most important first, else as planned.

    Failures that gate come first, then undecided cells, expected failures, cells that did not run,
    passes with news, and the other passes.
    """
    order = (Verdict.FAIL, Verdict.UNKNOWN, None, Verdict.NOT_RUN, Verdict.PASS)
    return sorted(
        cells,
        key=lambda c: (order.index(None if c.failed_as_expected else c.verdict), not c.news),
    )


def fate_rows(fates: Mapping[str, int]) -> list[tuple[str, int, str]]:
    """Return (fate, count, meaning), worst first; an undefined fate comes first of all."""
    known = [(f, fates[f], m) for f, m in FATE_MEANINGS.items() if fates.get(f)]
    strange = [(f, n, "not a known fate") for f, n in fates.items() if f not in FATE_MEANINGS]
    return strange + known


def all_fates(cells: Iterable[Cell]) -> dict[str, int]:
    """Return the impressions of all cells, counted by fate."""
    total: Counter[str] = Counter()
    for cell in cells:
        total.update(cell.fates)
    return dict(total)


def progress_counts(suite: SuiteVerdict) -> str:
    """Return how far the cells came, in words: ``6 planned, 4 started, 4 finished, 3 decided``."""
    return ", ".join(f"{number:,} {name}" for name, number in counts_of(suite.cells).items())


def defect_warning(suite: SuiteVerdict) -> str:
    """Return which seeded defects the cells' systems had, in a sentence; empty without any."""
    factors = [part.partition("=") for cell in suite.cells for part in cell.arm.split(",")]
    found = dict.fromkeys(level for factor, _, level in factors if factor == FACTOR)
    if not found:
        return ""
    word = "defect" if len(found) == 1 else "defects"
    named = ", ".join(list(found)[:_NAMED_MAX]) + (", …" if len(found) > _NAMED_MAX else "")
    return f"This run tried a system with the {word} {named}: it says nothing of a sound one"


def verdict_word(suite: SuiteVerdict) -> str:
    """Return the verdict's word; an interrupted suite has only got so far."""
    return f"{suite.verdict.value} so far" if suite.interrupted else suite.verdict.value


def verdict_sentence(suite: SuiteVerdict) -> str:
    """Return the verdict and its reason as one sentence, with a warning if it is incomplete."""
    sentence = f"{verdict_word(suite)}: {one_line(suite.reason)}"
    return f"{sentence} (interrupted)" if suite.interrupted else sentence


def not_run_reason(cell: Cell) -> str:
    """Return why the cell has no run; the kind first, the command that fixes it last."""
    kind = NOT_RUN_MEANINGS[cell.not_run] if cell.not_run else "planned, but never executed"
    fix = f"; fix: {one_line(cell.fix)}" if cell.fix else ""
    return f"{kind}: {one_line(cell.reason)}{fix}" if cell.reason else f"{kind}{fix}"


def join_path(base: str, run: str) -> str:
    """Return the run directory's path below the suite's; ``.`` is the suite's directory itself."""
    if run == ".":
        return base or run
    return f"{base.rstrip('/')}/{run}" if base else run


def explain_command(run: str, example: str) -> str:
    """Return the command that tells one impression's whole story, quoted for a POSIX shell.

    What would not survive copying is escaped in the example; ``harness explain`` reads it back.
    """
    shown = escaped(example)
    guard = "-- " if run.startswith("-") or shown.startswith("-") else ""
    return clean(f"harness explain {guard}{shlex.quote(run)} {shlex.quote(shown)}")


_IN_A_TAB = re.compile(r" of tab \S{1,8}\Z")


def is_impression(example: str) -> bool:
    """Return whether a check's example names an impression, ``USER/ARTWORK``.

    Some name a page, a batch, or an impression in a tab: ``harness explain`` does not read those.
    """
    return "/" in example and _IN_A_TAB.search(example) is None


def example_shown(run: str, example: str) -> str:
    """Return what stands for an example: the command that tells its story, or the example."""
    return explain_command(run, example) if run and is_impression(example) else clean(example)


def report_command(run: str) -> str:
    """Return the command that judges a run again and writes its page, quoted for a POSIX shell."""
    guard = "-- " if run.startswith("-") else ""
    return clean(f"harness report {guard}{shlex.quote(run)}")
