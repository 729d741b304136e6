"""What a comparison says, in sentences and in rows; terminal and page take both from here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from reports.compare.record import (
    ComparedRecord,
    ComparedSide,
    FatesCompared,
    FigureCompared,
    FindingCompared,
    Interval,
    SideFates,
    VerdictCompared,
)
from reports.core import text
from reports.experiments.words import p_words, share_words

Tone = Literal["bad", "open", "good", ""]

FATES_WORDS: dict[str, tuple[str, Tone]] = {
    "new": ("✗ new in B", "bad"),
    "more": ("✗ more in B", "bad"),
    "open": ("? perhaps more in B", "open"),
    "unknown": ("? not known", "open"),
    "like": ("= alike", ""),
    "fewer": ("✓ fewer in B", "good"),
    "gone": ("✓ gone in B", "good"),
    "none": ("✓ none", ""),
}
CHANGE_WORDS: dict[str, tuple[str, Tone]] = {
    "worse": ("✗ worse", "bad"),
    "undecided": ("? undecided now", "open"),
    "as expected": ("= fails as expected", ""),
    "changed": ("· changed", ""),
    "decided": ("· decided now", ""),
    "better": ("✓ better", "good"),
    "": ("= the same", ""),
}
FIGURE_WORDS: dict[str, tuple[str, Tone]] = {
    "worse": ("✗ worse", "bad"),
    "better": ("✓ better", "good"),
    "within": ("= as before", ""),
    "apart": ("apart", "open"),
    "overlap": ("overlap", ""),
    "higher": ("higher in B", "open"),
    "lower": ("lower in B", "open"),
    "open": ("open", ""),
    "none": ("no interval", ""),
}
_LOADS = {"load_response_p50_ms", "load_response_p95_ms", "load_response_p99_ms"}
"""What a terminal always shows of suites; of experiments it is the figure that decides."""
_NEWS = ("worse", "better", "apart", "higher", "lower")
_NAMED = 3
_ALONE = 6
_PERCENT_MOST = 100_000
"""A difference beyond this says as much as none."""
_FAILS = {"experiment": "is worse in B now", "baseline": "fails, and did not in the baseline"}
_WORST_FIRST = ("new", "more", "open", "unknown", "fewer", "gone", "like", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareRow:
    """A row of a table: its cells, the first one in the tone; ``brief``: also in a terminal."""

    cells: tuple[str, ...]
    tone: Tone = ""
    brief: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareTable:
    """A table with what it is about; columns are names and how wide they are beside each other.

    ``left_out`` says what the rows are that a terminal does not show.
    """

    title: str
    hint: str
    columns: tuple[tuple[str, int], ...]
    rows: tuple[CompareRow, ...]
    left_out: str = ""


def outcome_sentence(found: ComparedRecord) -> str:
    """Return what the comparison comes to in one sentence."""
    if found.outcome == "no difference":
        return f"No difference in environment, {_compared(found)}: {_alike(found)}"
    if found.outcome == "worse":
        return f"B is worse: {'; '.join(_worse(found))}"
    if found.outcome == "no worse":
        return f"Nothing got worse in {_compared(found)}: {_alike(found)}"
    return f"Undecided: {'; '.join(_open(found))}"


def side_sentence(side: ComparedSide) -> str:
    """Return which one it is, in a line."""
    cells = text.count(side.cells, "complete block" if side.kind == "experiment" else "cell")
    name = "" if side.kind == "run" else f" {text.one_line(side.name)}"
    return (
        f"{side.kind}{name}, {text.one_line(side.started) or 'no date'}, {cells}, {side.verdict}: "
        f"{text.one_line(side.directory)}"
    )


def tables(found: ComparedRecord) -> list[CompareTable]:
    """Return everything in the order in which it is read; empty tables are left out."""
    shown = [
        _environment(found),
        _fates(found),
        _verdicts(found.verdicts),
        _findings(found.findings),
        _figures(found),
        _alone(found),
    ]
    return [one for one in shown if one.rows]


def _compared(found: ComparedRecord) -> str:
    return "losses and verdicts" if found.a.kind == "experiment" else "fates and checks"


def _cells(number: int, found: ComparedRecord) -> str:
    return text.count(number, "common arm" if found.a.kind == "experiment" else "common cell")


def _alike(found: ComparedRecord) -> str:
    of_arm: dict[tuple[str, str], int] = {}
    for one in found.fates:  # all seeds of an arm hold each of its cells again
        key = one.scenario, one.arm
        of_arm[key] = max(of_arm.get(key, 0), one.b.shown)
    impressions = text.count(sum(of_arm.values()), "impression")
    return (
        f"{_cells(found.common, found)}, {impressions} shown in B, and nothing lost or failed anew"
    )


def _worse(found: ComparedRecord) -> list[str]:
    clauses = []
    for reading, verb in (("new", "loses or falsifies what A does not"), ("more", "loses more")):
        names = [_name(one) for one in found.fates if one.reading == reading]
        if names:
            clauses.append(f"it {verb} in {_named(names)}")
    names = [_name(one) for one in found.verdicts if one.change == "worse"]
    if names:
        what = _FAILS.get(found.a.kind, "passed in A and fails in B")
        clauses.append(f"{_named(names)} {what}")
    slower = [
        f"{text.measure(one.figure, 0.0)[0]} of {_name(one)} {_percent(one.difference_percent)}"
        for one in found.figures
        if one.reading == "worse"
    ]
    if slower:
        clauses.append(f"outside what the baseline predicts: {_named(slower)}")
    checks = [f"{one.check} in {_name(one)}" for one in found.findings if one.change == "worse"]
    if checks:
        clauses.append(f"passed in A and failed in B: {_named(checks)}")
    return clauses


def _open(found: ComparedRecord) -> list[str]:
    if not found.common:
        noun = "arm" if found.a.kind == "experiment" else "cell"
        return [f"A and B have no {noun} in common"]
    clauses = ["the two are not comparable in all"] if found.unsafe else []
    if found.b.verdict == "undecided":
        clauses.append("B has not decided its arms")
    names = [_name(one) for one in found.fates if one.reading == "open"]
    if names:
        clauses.append(f"B perhaps loses more in {_named(names)}")
    names = [_name(one) for one in found.verdicts if one.change == "undecided"]
    names += [_name(one) for one in found.fates if one.reading == "unknown" and one.a.shown]
    if names:
        clauses.append(f"not decided in B: {_named(list(dict.fromkeys(names)))}")
    checks = [one.check for one in found.findings if one.change == "undecided"]
    if checks and not names:
        clauses.append(f"checks not decided in B: {_named(list(dict.fromkeys(checks)))}")
    return clauses


def _name(one: FatesCompared | VerdictCompared | FindingCompared | FigureCompared) -> str:
    return (
        text.one_line(f"{one.scenario} [{one.arm}] seed {one.seeds}")
        .replace(" seed all blocks", "")
        .replace(" seed all", "")
    )


def _where(one: FatesCompared | VerdictCompared | FindingCompared | FigureCompared) -> str:
    # A blank after each comma lets a long arm fold between its factors.
    arm = one.arm.replace(",", ", ")
    seeds = "" if one.seeds.startswith("all") else f", seed {one.seeds}"
    return f"{one.scenario} ({arm}{seeds})"


def _named(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _environment(found: ComparedRecord) -> CompareTable:
    return CompareTable(
        title="What differs around them",
        hint="",
        columns=(("what", 4), ("A", 4), ("B", 4)),
        rows=tuple(
            CompareRow(
                cells=(f"! {one.what}" if one.unsafe else one.what, one.a, one.b),
                tone="open" if one.unsafe else "",
            )
            for one in found.environment
        ),
    )


def _fates(found: ComparedRecord) -> CompareTable:
    rows = []
    unit = "run" if found.a.kind == "baseline" else "visitor"
    for one in sorted(found.fates, key=lambda one: _WORST_FIRST.index(one.reading)):
        word, tone = FATES_WORDS[one.reading]
        notes = []
        if one.p_visitors is not None and (one.a.lost or one.b.lost):
            notes.append(f"by {unit}s p {_equals(one.p_visitors)}")
        if one.new or one.gone:
            notes.append(f"{one.new} lost only in B, {one.gone} only in A")
        if one.examples:
            notes.append("only in B: " + ", ".join(one.examples))
        notes += [
            f"{side}: {of.why_not}" for side, of in (("A", one.a), ("B", one.b)) if of.why_not
        ]
        p = p_words(one.p) if one.a.lost or one.b.lost else ""
        cells = (word, _where(one), _lost(one.a), _lost(one.b), p, "; ".join(notes))
        brief = one.reading != "none" and bool(one.a.shown or one.b.shown)
        rows.append(CompareRow(cells=cells, tone=tone, brief=brief))
    return CompareTable(
        title="What was lost",
        hint="p is the exact chance of at least B’s losses if both lose alike and each impression "
        f"is lost apart (Fisher). Impressions of a {unit} are lost together, so B loses more "
        f"where more of its {unit}s lose some.",
        columns=(("losses", 3), ("cell", 5), ("A", 3), ("B", 3), ("p", 1), ("notes", 5)),
        rows=tuple(rows),
        left_out="without a loss in A or B, or without anything that counts",
    )


def _equals(p: float) -> str:
    shown = p_words(p)
    return shown if shown.startswith("<") else f"= {shown}"


def _lost(side: SideFates) -> str:
    if not side.shown:
        return "not known"
    found = f"{side.lost:,} of {side.shown:,} lost"
    if side.lost:
        low, high = (share_words(bound or 0.0) for bound in side.interval)
        found += f" ({low} to {high})"
    return found + (f", {side.false:,} stored wrongly" if side.false else "")


def _verdicts(found: Iterable[VerdictCompared]) -> CompareTable:
    rows = []
    for one in found:
        word, tone = CHANGE_WORDS[one.change]
        a, b = f"{one.a}: {one.a_reason}", f"{one.b}: {one.b_reason}"
        rows.append(CompareRow(cells=(word, _where(one), a, b), tone=tone))
    return CompareTable(
        title="Verdicts that changed",
        hint="",
        columns=(("it is", 3), ("cell", 5), ("A", 6), ("B", 6)),
        rows=tuple(rows),
    )


def _findings(found: Iterable[FindingCompared]) -> CompareTable:
    rows = []
    for one in found:
        word, tone = CHANGE_WORDS[one.change]
        a = _measured(one.a_measured, one.a_interval, one.unit, one.a_target)
        b = _measured(one.b_measured, one.b_interval, one.unit, one.b_target)
        if one.change:
            a, b = f"{one.a}: {one.a_summary}", f"{one.b}: {one.b_summary}"
        is_timed = one.a_interval is not None or one.b_interval is not None
        is_moved = one.a_target != one.b_target
        rows.append(
            CompareRow(
                cells=(word, one.check, _where(one), a, b),
                tone=tone,
                brief=bool(one.change) or is_timed or is_moved,
            )
        )
    return CompareTable(
        title="Checks, and what they measured",
        hint="Each with its own 95 % interval, beside its limit.",
        columns=(("it is", 3), ("check", 3), ("cell", 4), ("A", 5), ("B", 5)),
        rows=tuple(rows),
        left_out="of the same verdict and without an interval",
    )


def _measured(
    value: float | None, interval: Interval | None, unit: str, target: float | None
) -> str:
    found = text.quantity(value, unit)
    if interval is not None:
        found += f" ({_bounds(interval)})"
    return found + (f", limit {text.figure(target)}" if target is not None else "")


def _bounds(interval: Interval) -> str:
    low, high = (text.figure(bound) if bound is not None else "any" for bound in interval)
    return f"{low} to {high}"


def _figures(found: ComparedRecord) -> CompareTable:
    pieces = Counter(piece for one in found.figures for piece in one.note.split("; "))
    shared = [piece for piece, times in pieces.items() if times > 1 and piece]
    is_experiment = found.a.kind == "experiment"
    always = {found.figures[0].figure} if is_experiment and found.figures else _LOADS
    rows = []
    for one in found.figures:
        word, tone = FIGURE_WORDS[one.reading]
        name = text.measure(one.figure, 0.0)[0]
        note = "; ".join(piece for piece in one.note.split("; ") if piece not in shared)
        cells = (word, name, _where(one), *_both(one), _difference(one), note)
        brief = one.reading in _NEWS or one.figure in always
        rows.append(CompareRow(cells=cells, tone=tone, brief=brief))
    hints = [*([f"not comparable: {found.unsafe}"] if found.unsafe else []), *shared]
    return CompareTable(
        title="Latencies and other figures",
        hint="".join(f"{hint[:1].upper()}{hint[1:]}. " for hint in hints).rstrip(),
        columns=(
            ("B is", 2),
            ("figure", 4),
            ("cell", 4),
            ("A", 4),
            ("B", 4),
            ("difference", 4),
            ("notes", 3),
        ),
        rows=tuple(rows),
        left_out="intervals that overlap, leave it open, or are missing",
    )


def _both(one: FigureCompared) -> tuple[str, str]:
    is_percent = one.arm.endswith(", in %")

    def shown(value: float | None, interval: Interval | None) -> str:
        if value is None:
            return "never"
        if is_percent:
            bounds = f" ({_percents(*interval)})" if interval else ""
            return f"{_percent(value)}{bounds}"
        figure = text.measure(one.figure, value)[1]
        return figure + (f" ({_bounds(interval)})" if interval else "")

    return shown(one.a, one.a_interval), shown(one.b, one.b_interval)


def _difference(one: FigureCompared) -> str:
    if one.difference_percent is None:
        return ""
    found = _percent(one.difference_percent)
    if one.low_percent is not None and one.high_percent is not None:
        level = text.figure(round(100 * (one.level or 0), 2))
        found += f" ({level} %: {_percents(one.low_percent, one.high_percent)})"
    return found


def _percents(low: float | None, high: float | None) -> str:
    return f"{_percent(low)} to {_percent(high)}"


def _percent(value: float | None) -> str:
    if value is None or abs(value) > _PERCENT_MOST:
        return "any"
    shown = text.figure(round(abs(value), 1 if abs(value) < 100 else 0))
    return f"{'' if shown == '0' else '−' if value < 0 else '+'}{shown} %"


def _alone(found: ComparedRecord) -> CompareTable:
    names = [("only in A", name) for name in found.only_a]
    names += [("only in B", name) for name in found.only_b]
    few = len(names) < 2 * _ALONE
    return CompareTable(
        title="Only one has",
        hint="",
        columns=(("where", 1), ("what", 6)),
        rows=tuple(
            CompareRow(cells=one, brief=few or number < _ALONE) for number, one in enumerate(names)
        ),
        left_out="further cells",
    )
