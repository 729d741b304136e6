"""One self-contained page about a suite: no network, no script, good in print and in the dark."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from reports.core import text
from reports.evidence.fates import HARMLESS_FATES
from reports.pages import words
from reports.pages.attachments import Exhibit
from reports.pages.matrix import matrices_of
from reports.plots.drawing.picture import Picture
from reports.verdict.verdict import Cell, SuiteVerdict, Verdict, counts_of

# With more cells than this, those that passed start folded: a reader came for the others.
_UNFOLDED_CELLS = 12


@dataclass(frozen=True, slots=True)
class _Section:
    """A cell with all that its part of the page needs."""

    anchor: str
    cell: Cell
    pictures: Sequence[Picture]
    reproduce: str
    open: bool
    exhibits: Sequence[Exhibit]

    @property
    def screenshot(self) -> Exhibit | None:
        """Return the first picture among the evidence, which is shown in the page."""
        return next((e for e in self.exhibits if e.is_picture), None)


def render_html(
    suite: SuiteVerdict,
    pictures: Mapping[str, Sequence[Picture]],
    *,
    reproduce: Mapping[str, str],
    runs_at: str = "",
    exhibits: Mapping[str, Sequence[Exhibit]] | None = None,
) -> str:
    """Return the whole page.

    ``pictures``, ``reproduce`` (the command that repeats just this cell) and ``exhibits`` (files
    of evidence, linked by relative path) are keyed by ``Cell.name``; cells without an entry show
    none. ``runs_at`` is the suite's directory as the reader would type it; commands name run
    directories below it. Every text is escaped, whatever it holds, except pictures drawn by
    ``reports.plots.drawing.svg``.
    """
    cells = words.worst_first(suite.cells)
    few = len(cells) <= _UNFOLDED_CELLS
    sections = [
        _Section(
            anchor=anchor,
            cell=cell,
            pictures=pictures.get(cell.name, ()),
            reproduce=reproduce.get(cell.name, ""),
            exhibits=(exhibits or {}).get(cell.name, ()),
            open=few or not (cell.verdict is Verdict.PASS or cell.failed_as_expected),
        )
        for anchor, cell in zip(_anchors(cells), cells, strict=True)
    ]
    matrices = matrices_of(suite, {s.cell.name: s.anchor for s in reversed(sections)})
    fates = words.fate_rows(words.all_fates(suite.cells))
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            suite=suite,
            sections=sections,
            matrices=matrices,
            has_images=any(s.screenshot for s in sections),
            counts=counts_of(suite.cells),
            expected_fails=sum(c.failed_as_expected for c in suite.cells),
            fates=fates,
            impressions=sum(n for _, n, _ in fates),
            runs_at=runs_at,
            Verdict=Verdict,
            text=text,
            words=words,
            harmless_fates=HARMLESS_FATES,
        )
    )


def _anchors(cells: Sequence[Cell]) -> list[str]:
    """Return an id for each cell that stays the same from report to report."""
    anchors: list[str] = []
    seen: Counter[str] = Counter()
    for cell in cells:
        stem = re.sub(r"[^a-z0-9]+", "-", cell.scenario.lower()).strip("-")[:40] or "cell"
        name = cell.name.encode("utf-8", "replace")
        anchor = f"{stem}-{hashlib.blake2s(name, digest_size=4).hexdigest()}"
        seen[anchor] += 1
        anchors.append(f"{anchor}-{seen[anchor]}" if seen[anchor] > 1 else anchor)
    return anchors


def _finalize(value: Any) -> Any:
    # Control characters and lone surrogates are legal in no HTML; pictures are cleaned already.
    return text.clean(value) if type(value) is str else value


@cache
def environment() -> Environment:
    """Return the templates of all pages; every text is escaped."""
    return Environment(
        loader=PackageLoader("reports.pages"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalize,
    )
