"""Which cells fail since when, and which fates broke."""

from __future__ import annotations

import pytest

from benchmarks.trend.nights import Nights, suites_of
from harness.ledger.history.facts import CellFacts
from reports.history.nights import nights_of
from reports.history.outcomes import cell_trend, fate_trends
from reports.history.record import CellTrend, FateTrend, Since

KEY = ("s", "a=b")


def cell(letter: str, **fates: int) -> CellFacts:
    verdict = {"p": "pass", "f": "fail", "e": "fail", "u": "unknown", "-": "not run"}[letter]
    return CellFacts(
        scenario="s",
        arm="a=b",
        seed=1,
        matrix="m",
        verdict=verdict,
        reason=f"because {letter}",
        gates=letter != "e",
        shown=None if letter in "u-" else 20,
        fates=fates,
    )


def of(letters: str, **nights: object) -> CellTrend:
    suites = suites_of(Nights(count=len(letters), **nights))  # type: ignore[arg-type]
    facts = nights_of([(str(n), one) for n, one in enumerate(suites)])
    return cell_trend(KEY, [[cell(x)] if x != " " else [] for x in letters], facts)


@pytest.mark.parametrize(
    ("letters", "state", "since"),
    [
        ("pppp", "passing", None),
        ("pppf", "new", Since(before=2, after=3)),
        ("ppuf", "new", Since(before=1, after=3)),
        ("ffff", "known", None),
        ("fpfpf", "known", Since(before=3, after=4)),
        ("ppfp", "flaky", None),
        ("fffffffffpppp", "fixed", Since(before=8, after=9)),
        ("pppe", "expected", None),
        ("pppu", "undecided", None),
        ("ppp-", "passing", None),
        ("pppf-", "new", Since(before=2, after=3)),
        ("--", "undecided", None),
        ("ppp ", "absent", None),
    ],
)
def test_the_state_of_a_cell(letters: str, state: str, since: Since | None) -> None:
    found = of(letters)
    assert (found.state, found.since) == (state, since)
    assert found.nights == letters


def test_undecided_nights_count_neither_way() -> None:
    found = of("pufupf")
    assert (found.failed, found.n) == (2, 4)
    assert found.reason == "because f"
    assert found.matrix == "m"


def test_the_rate_is_that_of_this_environment() -> None:
    found = of("ffffpppppp", changes={4: {"cpus": "4"}})
    assert (found.failed, found.n, found.state) == (0, 6, "passing")


def test_a_night_is_as_bad_as_its_worst_seed() -> None:
    nights = nights_of([(str(n), one) for n, one in enumerate(suites_of(Nights(count=2)))])
    found = cell_trend(KEY, [[cell("p"), cell("p")], [cell("p"), cell("f"), cell("u")]], nights)
    assert found.nights == "pf"


def fates_of(*lost: int | None, expected: bool = False) -> list[FateTrend]:
    cells = []
    for number in lost:
        bad = "e" if expected else "f"
        if number is None:
            cells.append([cell("u")])
        elif number:
            cells.append([cell(bad, lost_acked=number, recorded_once=20 - number)])
        else:
            cells.append([cell("p", recorded_once=20, recovered=0)])
    return fate_trends(KEY, cells)


@pytest.mark.parametrize(
    ("lost", "state", "since"),
    [
        ((0, 0, 3), "broken", Since(before=1, after=2)),
        ((0, None, 3, None, 1), "broken", Since(before=0, after=2)),
        ((0, 2, 0, 3), "again", Since(before=2, after=3)),
        ((1, 2), "known", Since(before=None, after=0)),
        ((0, 1, 2, 0, 0), "fixed", Since(before=2, after=3)),
    ],
)
def test_the_state_of_a_fate(lost: tuple[int | None, ...], state: str, since: Since) -> None:
    [found] = fates_of(*lost)
    assert (found.fate, found.state, found.since) == ("lost_acked", state, since)


def test_a_fate_is_counted() -> None:
    [found] = fates_of(0, 2, None, 3)
    assert (found.impressions, found.shown, found.nights, found.n) == (3, 20, 2, 3)
    assert not found.expected
    assert fates_of(2, 3, expected=True)[0].expected


def test_harmless_fates_are_no_news_and_the_worst_comes_first() -> None:
    assert fates_of(0, 0) == []
    cells = [[cell("f", late=1, vanished=1)]]
    assert [one.fate for one in fate_trends(KEY, cells)] == ["vanished", "late"]
