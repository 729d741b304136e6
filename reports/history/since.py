"""Since when a cell fails, in words, for the page of the suite in which it failed."""

from __future__ import annotations

from collections.abc import Sequence

from harness.ledger.history.facts import SuiteFacts
from reports.history.nights import cells_of, nights_of
from reports.history.outcomes import cell_trend
from reports.history.record import CellTrend, TrendRecord
from reports.history.words import rate_words, since_words

_FAILING = ("new", "known", "flaky")


def since_when(suites: Sequence[tuple[str, SuiteFacts]]) -> dict[tuple[str, str], str]:
    """Return (scenario, arm) → since when it fails, of what fails in the last of these nights.

    ``suites`` are (digest, facts) of one suite in the order of their starts. One night alone has
    no since: it returns nothing.
    """
    if len(suites) < 2:
        return {}
    nights, cells = nights_of(suites), cells_of(suites)
    tonight = {(cell.scenario, cell.arm) for cell in suites[-1][1].cells if cell.verdict == "fail"}
    record = TrendRecord(
        suite=suites[-1][1].suite,
        sentence="",
        nights=nights,
        fates=(),
        cells=(),
        series=(),
        canary=(),
        by_chance=0.0,
    )
    trends = {key: cell_trend(key, own, nights) for key, own in cells.items() if key in tonight}
    return {key: _words(one, record) for key, one in trends.items() if one.state in _FAILING}


def _words(one: CellTrend, record: TrendRecord) -> str:
    rate = f"it failed in {rate_words(one)}"
    if one.state == "flaky":
        return f"now and then: {rate}"
    if one.since is None:
        return f"known, as far as this history reaches: {rate}"
    return f"{one.state}, {since_words(one.since, record)}: {rate}"
