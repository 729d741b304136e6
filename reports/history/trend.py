"""How a suite developed: from the facts of its nights to what a reader must know first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from harness.core.errors import UsageError
from harness.ledger.history.facts import SuiteFacts
from reports.core import text
from reports.history.development import canary_changes, series_of
from reports.history.figures import FOLLOWED, chosen
from reports.history.nights import Cells, cells_of, nights_of
from reports.history.outcomes import cell_trend, fate_trends
from reports.history.record import SeriesTrend, TrendRecord
from reports.history.words import trend_sentence
from reports.statistics.history.changes import ALPHA, LEAST

_NEAREST = 3


def trend(
    suites: Sequence[tuple[str, SuiteFacts]],
    *,
    patterns: Iterable[str] = (),
    troubles: Sequence[str] = (),
) -> TrendRecord:
    """Return how the nights of one suite, (digest, facts) in the order of their starts, developed.

    ``patterns`` name figures, latencies and costs without any. Raises UsageError for patterns that
    no figure matches.
    """
    nights, cells = nights_of(suites), cells_of(suites)
    machine = canary_changes(nights)
    series: list[SeriesTrend] = []
    figures = _figures(cells, tuple(patterns))
    for key, own in cells.items():
        for figure in figures:
            found = series_of(key, figure, own, nights, machine)
            if found is not None:
                series.append(found)
    record = TrendRecord(
        suite=suites[-1][1].suite if suites else "",
        sentence="",
        nights=nights,
        fates=tuple(one for key, own in cells.items() for one in fate_trends(key, own)),
        cells=tuple(cell_trend(key, own, nights) for key, own in cells.items()),
        series=tuple(series),
        canary=machine,
        by_chance=ALPHA * sum(_can_change(one) for one in series),
        troubles=tuple(troubles),
    )
    return replace(record, sentence=trend_sentence(record))


def _figures(cells: Cells, patterns: Sequence[str]) -> list[str]:
    names = sorted({name for own in cells.values() for n in own for c in n for name in c.figures})
    found = chosen(names, patterns or FOLLOWED)
    if patterns and not found:
        shown = ", ".join(names[:_NEAREST]) + (", …" if len(names) > _NEAREST else "")
        raise UsageError(
            f"no figure of these suites matches {' or '.join(patterns)}",
            hint=f"There {'is none' if not names else f'are {text.one_line(shown)}'}",
        )
    return found


def _can_change(one: SeriesTrend) -> bool:
    return sum(value is not None for value in one.values) >= 2 * LEAST
