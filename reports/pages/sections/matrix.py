"""The matrix as one picture: a row for each question, a column for each browser and preset.

Only what was planned is there; a square is the worst of its seeds, and leads to that cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.core import text
from reports.pages import words
from reports.verdict.roadmap_columns import BrowserSeen, ColumnState
from reports.verdict.verdict import Cell, NotRunKind, SuiteVerdict, Verdict

_MOST_SEEDS_NAMED = 6

# Letters for what did not run: a glyph for each kind would be one more thing to learn.
_KIND_GLYPHS = {NotRunKind.UNSUPPORTED: "u", NotRunKind.MISSING: "m", NotRunKind.BUDGET: "b"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """One question, browser and preset over all seeds.

    ``standing`` is the word (and, with ``-`` for blanks, the style) of the worst seed and
    ``glyph`` its sign; ``mark`` says how many seeds stand so when they do not agree; ``title`` has
    every seed's reason; ``place`` is the address of the worst.
    """

    standing: str
    glyph: str
    mark: str
    title: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """A scenario with its further factors; ``again`` if the row above asks the same question."""

    scenario: str
    factors: str
    question: str
    again: bool
    squares: tuple[Square | None, ...]

    @property
    def label(self) -> str:
        """Return the row's name: ``page_closed · close=script``."""
        return f"{self.scenario} · {self.factors}" if self.factors else self.scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A browser's columns: what it was, and its presets.

    ``roadmap`` says which of the roadmap's columns it fills or is near, in short and ``_long``.
    """

    browser: str
    product: str
    roadmap: str
    roadmap_long: str
    presets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A roadmap column in the picture: its state, how its runs stand, and why in two lengths."""

    state: ColumnState
    standing: str
    glyph: str
    note: str
    short: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """A matrix ready to be shown; ``asked`` are the roadmap's columns, for its matrix only.

    ``common`` are factors that all cells share, ``aside`` counts cells without a browser, and
    ``totals`` (standing, glyph, number, meaning) is the legend.
    """

    name: str
    groups: tuple[Group, ...]
    rows: tuple[MatrixRow, ...]
    common: str
    aside: int
    totals: tuple[tuple[str, str, int, str], ...]
    asked: tuple[Asked, ...] = ()

    @property
    def width(self) -> int:
        """Return how many columns of squares there are."""
        return sum(len(group.presets) for group in self.groups)

    @property
    def firsts(self) -> frozenset[int]:
        """Return the places of the squares that begin a browser."""
        return frozenset(
            sum(len(g.presets) for g in self.groups[:n]) for n in range(len(self.groups))
        )

    @property
    def asked_groups(self) -> list[list[Asked]]:
        """Return the roadmap's columns by browser, in its order."""
        groups: dict[str, list[Asked]] = {}
        for asked in self.asked:
            groups.setdefault(asked.state.browser, []).append(asked)
        return list(groups.values())


def matrices_of(suite: SuiteVerdict, places: Mapping[str, str]) -> list[Matrix]:
    """Return every matrix that has a browser factor and at least two scenarios, as planned.

    The roadmap's browser matrix is shown however small. ``places`` are the cells' sections by
    ``Cell.name``.
    """
    by_name: dict[str, list[Cell]] = {}
    for cell in suite.cells:
        if cell.matrix:
            by_name.setdefault(cell.matrix, []).append(cell)
    found = []
    for name, cells in by_name.items():
        varied = [c for c in cells if "browser" in factors_of(c)]
        asked = _asked([column for column in suite.columns if column.matrix == name], cells)
        if varied and (asked or len({c.scenario for c in varied}) > 1):
            found.append(_matrix(name, varied, len(cells) - len(varied), asked, places))
    return found


def factors_of(cell: Cell) -> dict[str, str]:
    """Return the arm as factor → level."""
    return dict(part.split("=", 1) for part in cell.arm.split(",") if "=" in part)


def standing_glyph(cell: Cell) -> str:
    """Return the cell's glyph in the matrix: what did not run has a letter for its kind."""
    return _KIND_GLYPHS[cell.not_run] if cell.not_run else words.glyph(cell)


def _matrix(
    name: str,
    cells: Sequence[Cell],
    aside: int,
    asked: tuple[Asked, ...],
    places: Mapping[str, str],
) -> Matrix:
    columns: dict[str, dict[str, None]] = {}
    for cell in cells:
        levels = factors_of(cell)
        columns.setdefault(levels["browser"], {})[levels.get("preset", "")] = None
    common = _common(cells)
    groups = tuple(_group(browser, tuple(sorted(p)), cells) for browser, p in columns.items())
    order = [(g.browser, preset) for g in groups for preset in g.presets]
    rows: dict[str, dict[str, dict[tuple[str, str], list[Cell]]]] = {}
    for cell in cells:
        levels = factors_of(cell)
        column = (levels.pop("browser"), levels.pop("preset", ""))
        further = ", ".join(f"{k}={v}" for k, v in levels.items() if k not in common)
        row = rows.setdefault(cell.scenario, {}).setdefault(further, {})
        row.setdefault(column, []).append(cell)
    return Matrix(
        name=name,
        groups=groups,
        rows=tuple(
            MatrixRow(
                scenario=scenario,
                factors=further,
                question=next(cell.question for found in row.values() for cell in found),
                again=number > 0,
                squares=tuple(
                    _square(row[column], places) if column in row else None for column in order
                ),
            )
            for scenario, variants in rows.items()
            for number, (further, row) in enumerate(variants.items())
        ),
        common=", ".join(f"{factor}={level}" for factor, level in common.items()),
        aside=aside,
        totals=_totals(cells),
        asked=asked,
    )


def _common(cells: Sequence[Cell]) -> dict[str, str]:
    """Return the factors beside browser and preset in which no cell differs from another."""
    every = [factors_of(cell) for cell in cells]
    shared = set(every[0].items()).intersection(*(arm.items() for arm in every))
    return {k: v for k, v in sorted(shared) if k not in ("browser", "preset")}


def _group(browser: str, presets: tuple[str, ...], cells: Sequence[Cell]) -> Group:
    ran = [c for c in cells if c.browser and factors_of(c)["browser"] == browser]
    # One note for each way in which the runs' browsers stand to the roadmap.
    tags: dict[str, str] = {}
    # Emulated devices are rows of their own; they speak for the column only where nothing else ran.
    for cell in [one for one in ran if one.browser and one.browser.kind != "emulated"] or ran:
        if cell.fills:
            tags[f"fills {cell.fills}"] = f"fills the roadmap's column {cell.fills}"
        elif cell.near:
            tags[f"near {cell.near}"] = f"nearest to {cell.near}, but {cell.lacks}"
    return Group(
        browser=browser,
        product=_product([cell.browser for cell in ran if cell.browser]),
        roadmap="; ".join(tags),
        roadmap_long="; ".join(tags.values()),
        presets=presets,
    )


def _product(ran: Sequence[BrowserSeen]) -> str:
    """Return what ran in a column; emulated devices are rows of their own and only counted."""
    real = dict.fromkeys(seen.title for seen in ran if seen.kind != "emulated")
    emulated = len({seen.title for seen in ran if seen.kind == "emulated"})
    more = [f"{text.count(emulated, 'emulated device')}"] if emulated else []
    return ", ".join([*real, *more])


def _square(cells: Sequence[Cell], places: Mapping[str, str]) -> Square:
    ordered = _by_weight(cells)
    worst = ordered[0]
    alike = sum(words.standing(c) == words.standing(worst) for c in cells)
    lines = [
        f"seed {c.seed}: {words.standing(c)}: {words.what_was_found(c)}"
        for c in ordered[:_MOST_SEEDS_NAMED]
    ]
    if len(cells) > _MOST_SEEDS_NAMED:
        lines.append(f"and {text.count(len(cells) - _MOST_SEEDS_NAMED, 'more seed')}")
    return Square(
        standing=words.standing(worst),
        glyph=standing_glyph(worst),
        mark="" if alike == len(cells) else f"{alike}/{len(cells)}",
        title="\n".join([f"{worst.scenario} [{worst.arm}]", *lines]),
        place=places.get(worst.name, ""),
    )


def _by_weight(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells worst first; one that ran outweighs one that could not."""
    return sorted(words.worst_first(cells), key=lambda c: c.verdict is Verdict.NOT_RUN)


def _totals(cells: Sequence[Cell]) -> tuple[tuple[str, str, int, str], ...]:
    kinds = Counter((words.standing(c), standing_glyph(c)) for c in words.worst_first(cells))
    meanings = {standing_glyph(c): words.NOT_RUN_MEANINGS[c.not_run] for c in cells if c.not_run}
    return tuple((word, sign, n, meanings.get(sign, "")) for (word, sign), n in kinds.items())


def _asked(columns: Sequence[ColumnState], cells: Sequence[Cell]) -> tuple[Asked, ...]:
    asked = []
    for state in columns:
        filling = [c for c in cells if c.fills == state.column]
        if filling:
            worst = _by_weight(filling)[0]
            note = f"filled by {state.by} {state.version}, {text.count(len(filling), 'cell')}"
            standing, sign, short = words.standing(worst), standing_glyph(worst), state.by
        else:
            short = state.why_not.partition("too old: ")[2].partition(";")[0]
            standing, sign = "not run", "‹" if short else "·"
            note = f"not run: {state.why_not or 'missing'}"
        asked.append(Asked(state=state, standing=standing, glyph=sign, note=note, short=short))
    return tuple(asked)
