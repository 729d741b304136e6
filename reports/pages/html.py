"""One self-contained page about a suite: no network, good in print, in the dark, without script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from reports.core import text
from reports.evidence.fates import HARMLESS_FATES
from reports.pages import words
from reports.pages.attachments import Exhibit
from reports.pages.sections.broken import MOST_GROUPS, what_broke
from reports.pages.sections.matrix import matrices_of
from reports.plots.drawing.picture import Picture
from reports.verdict.verdict import Cell, SuiteVerdict, Verdict, counts_of

# With more cells than this, those that passed start folded: a reader came for the others.
_UNFOLDED_CELLS = 12
BODIES_MAX_BYTES = 2_000_000
"""The evidence of cells, the worst first, fills at most this of a page; further cells have pages of
their own. With the tables of some hundred cells the page stays below 3 MB, which CI hosts show."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of a cell beside its findings; empty where there is nothing.

    ``reproduce`` is the command that repeats just this cell, ``exhibits`` are files of evidence,
    ``stories`` names offending impressions with what all witnesses saw of them, ``own_page`` is
    the address of the cell's own page, relative to this one, and ``since`` says since when it
    fails.
    """

    pictures: Sequence[Picture] = ()
    reproduce: str = ""
    exhibits: Sequence[Exhibit] = ()
    stories: Sequence[tuple[str, str]] = ()
    own_page: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class _Story:
    anchor: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class _Section:
    """A cell with all that its part of the page needs; without ``body`` it has its own page."""

    anchor: str
    cell: Cell
    shown: Shown
    open: bool
    body: Markup = field(default_factory=Markup)

    @property
    def place(self) -> str:
        """Return where a link to the cell leads."""
        return f"#{self.anchor}" if self.body else self.shown.own_page

    @property
    def screenshot(self) -> Exhibit | None:
        """Return the first picture among the evidence, which is shown in the page."""
        return next((e for e in self.shown.exhibits if e.is_picture), None)

    @property
    def stories(self) -> list[_Story]:
        """Return the stories with their anchors."""
        return [
            _Story(f"{self.anchor}-story-{n}", name, story)
            for n, (name, story) in enumerate(self.shown.stories, start=1)
        ]


def render_html(
    suite: SuiteVerdict, shown: Mapping[str, Shown] | None = None, *, runs_at: str = ""
) -> str:
    """Return the whole page: ``SuitePage`` for those who need to know no more of it."""
    return SuitePage(suite, shown or {}, runs_at=runs_at).render()


class SuitePage:
    """A suite laid out as a page.

    ``shown`` is keyed by ``Cell.name``. ``runs_at`` is the suite's directory as the reader would
    type it; commands name run directories below it. Every text is escaped, whatever it holds,
    except pictures drawn by ``reports.plots.drawing.svg``. A cell with an ``own_page`` is left out,
    all but its row, where the page would grow too large; the worst cells stay.
    """

    def __init__(self, suite: SuiteVerdict, shown: Mapping[str, Shown], *, runs_at: str) -> None:
        self._suite = suite
        self._runs_at = runs_at
        self._sections = list(_sections(suite, shown, runs_at))

    @property
    def left_out(self) -> list[str]:
        """Return the names of the cells that the page does not hold: each needs its own page."""
        return [section.cell.name for section in self._sections if not section.body]

    def render(self) -> str:
        """Return the page's HTML."""
        suite, sections = self._suite, self._sections
        fates = words.fate_rows(words.all_fates(suite.cells))
        places = {s.cell.name: s.place for s in reversed(sections)}
        return _template("report.html.j2").render(
            suite=suite,
            sections=sections,
            groups=_groups(sections),
            bodies=[section.body for section in sections if section.body],
            elsewhere=len(self.left_out),
            broken=what_broke(suite.cells),
            most_groups=MOST_GROUPS,
            places=places,
            story_places=dict(_story_places(sections)),
            reproduce={s.cell.name: s.shown.reproduce for s in sections},
            since={s.cell.name: s.shown.since for s in sections},
            matrices=matrices_of(suite, places),
            has_images=any(s.screenshot for s in sections if s.body),
            counts=counts_of(suite.cells),
            expected_fails=sum(c.failed_as_expected for c in suite.cells),
            fates=fates,
            impressions=sum(n for _, n, _ in fates),
            runs_at=self._runs_at,
            script=Markup(_script()),  # noqa: S704 - the package's own file
            script_hash=_hash_of(_script()),
        )


def _sections(suite: SuiteVerdict, shown: Mapping[str, Shown], runs_at: str) -> Iterator[_Section]:
    """Yield the cells, the worst first, with a body as long as the page has room for it."""
    cells = words.worst_first(suite.cells)
    few = len(cells) <= _UNFOLDED_CELLS
    template = _template("cell.html.j2")
    room = BODIES_MAX_BYTES
    for anchor, cell in zip(_anchors(cells), cells, strict=True):
        passed = cell.verdict is Verdict.PASS or cell.failed_as_expected
        section = _Section(anchor, cell, shown.get(cell.name, Shown()), open=few or not passed)
        body = Markup(template.render(s=section, runs_at=runs_at))  # noqa: S704 - escaped by it
        size = len(body.encode())
        if size > room and section.shown.own_page:
            yield section
            continue
        room -= size
        yield replace(section, body=body)


def _groups(sections: Sequence[_Section]) -> list[tuple[str, list[_Section], bool]]:
    """Return the rows of the table of cells by what a reader does with them, and whether each
    group starts folded. A few cells are one group."""
    if len(sections) <= _UNFOLDED_CELLS:
        return [("all", list(sections), False)] if sections else []
    by_title: dict[str, list[_Section]] = {"to look at": [], "passed": [], "not run": []}
    for section in sections:
        cell = section.cell
        if cell.verdict is Verdict.NOT_RUN:
            by_title["not run"].append(section)
        elif cell.verdict is Verdict.PASS and not cell.news:
            by_title["passed"].append(section)
        else:
            by_title["to look at"].append(section)
    alone = sum(bool(group) for group in by_title.values()) == 1
    return [
        (title, group, title != "to look at" and not alone)
        for title, group in by_title.items()
        if group
    ]


def _story_places(sections: Sequence[_Section]) -> Iterator[tuple[tuple[str, str], str]]:
    for section in sections:
        for story in section.stories:
            own = f"{section.shown.own_page}#{story.anchor}"
            yield (section.cell.name, story.name), f"#{story.anchor}" if section.body else own


@cache
def _script() -> str:
    """Return the page's script as it stands in the package, which the policy allows by its hash."""
    loader = environment().loader
    assert loader is not None
    source, _, _ = loader.get_source(environment(), "report.js")
    return source


def _hash_of(script: str) -> str:
    """Return the script's source expression for a content security policy (CSP Level 3, 2.3.1)."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"sha256-{digest}"


def _template(name: str) -> Template:
    return environment().get_template(name)


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
    pages = Environment(
        loader=PackageLoader("reports.pages"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalize,
    )
    pages.globals.update(Verdict=Verdict, text=text, words=words, harmless_fates=HARMLESS_FATES)
    return pages
