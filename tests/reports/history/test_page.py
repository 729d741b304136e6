"""The page: what broke first, every text escaped, no script, small."""

from __future__ import annotations

from msgspec.structs import replace

from benchmarks.trend.nights import PlantedStep
from reports.history.page import PICTURES_MOST, SPARKLINES_MOST, render_trend
from reports.history.trend import trend
from tests.benchmarks.trend.planted import FATE, STEP, trend_of
from tests.reports.report_samples import HOSTILE

FOUND = trend_of(seed=1, steps=(STEP,), broken=(FATE,), changes={4: {"cpus": "4"}})


def test_what_broke_stands_before_what_changed_and_what_is_steady() -> None:
    page = render_trend(FOUND)
    places = [page.index(f'id="{name}"') for name in ("fates", "failing", "changes", "series")]
    assert places == sorted(places)
    assert FOUND.sentence.replace(" %", "\u00a0%") in page
    assert "cpus: 2 → 4" in page
    assert "<script" not in page
    assert page.count('class="spark"') == 15


def test_every_text_is_escaped() -> None:
    found = replace(
        FOUND,
        suite=HOSTILE,
        troubles=(HOSTILE,),
        fates=tuple(replace(one, scenario=HOSTILE) for one in FOUND.fates),
        cells=tuple(replace(one, reason=HOSTILE, arm=HOSTILE) for one in FOUND.cells),
        series=tuple(replace(one, scenario=HOSTILE, figure=HOSTILE) for one in FOUND.series),
    )
    page = render_trend(found)
    assert HOSTILE not in page
    assert "<script" not in page


def test_the_chip_says_what_it_comes_to() -> None:
    assert '<span class="word">broken</span>' in render_trend(FOUND)
    assert '<span class="word">worse</span>' in render_trend(trend_of(seed=1, steps=(STEP,)))
    assert '<span class="word">nothing new</span>' in render_trend(trend_of(seed=3))
    assert '<span class="word">no nights</span>' in render_trend(trend([]))


def test_a_suspect_night_comes_with_the_command_that_asks_again() -> None:
    step = PlantedStep(scenario="steady_load", figure="load_response_p95_ms", night=19, factor=1.6)
    page = render_trend(trend_of(seed=3, count=20, steps=(step,)))
    assert '<span class="word">suspect</span>' in page
    assert "the last one or two nights do not fit" in page
    assert "<code>harness recheck</code>" in page


def test_a_large_history_stays_below_three_megabytes() -> None:
    many = tuple(replace(one, arm=f"n={n}") for n in range(200) for one in FOUND.series)
    page = render_trend(replace(FOUND, series=many))
    assert len(page.encode()) < 3_000_000
    assert page.count('class="spark"') == SPARKLINES_MOST
    assert page.count("<figure>") == PICTURES_MOST
    assert f"{len(many) - SPARKLINES_MOST:,} more" in page
