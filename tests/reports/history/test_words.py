"""What a trend says, worst first."""

from __future__ import annotations

from msgspec.structs import replace

from benchmarks.trend.nights import PlantedFate, PlantedStep
from reports.history import words
from reports.history.record import Since
from tests.benchmarks.trend.planted import FATE, STEP, series, trend_of

FOUND = trend_of(
    seed=1,
    steps=(
        STEP,
        PlantedStep(scenario="first_visit", figure="load_response_p50_ms", night=9, factor=0.6),
        PlantedStep(scenario="first_visit", figure="shown_to_durable_p95_ms", night=23, factor=1.6),
    ),
    broken=(FATE,),
)


def test_worse_changes_come_first() -> None:
    assert [one.word for one in words.change_lines(FOUND)] == ["worse", "better"]
    assert [one.glyph for one in words.change_lines(FOUND)] == ["✗", "✓"]
    assert words.change_words(words.change_lines(FOUND)[0].change).startswith("+2")


def test_the_sentence_has_what_broke_what_got_worse_and_what_is_suspect() -> None:
    assert FOUND.sentence.startswith("24 nights of nightly: lost_acked in load_with_outage [")
    assert "; load response p95 of steady_load [preset=durable] +2" in FOUND.sentence
    assert FOUND.sentence.endswith(
        "; suspect: shown to durable p95 of first_visit [preset=durable]"
    )


def test_a_cell_that_fails_without_a_fate_is_named() -> None:
    cells = tuple(
        replace(one, state="new", since=Since(before=3, after=4))
        if one.scenario == "first_visit"
        else one
        for one in trend_of(seed=3).cells
    )
    sentence = words.trend_sentence(replace(trend_of(seed=3), cells=cells))
    assert "first_visit [preset=durable] fails since 2026-09-05 02:00" in sentence


def test_what_still_fails_is_counted_although_it_is_no_news() -> None:
    planted = PlantedFate(scenario="first_visit", night=0)
    assert "; 1 cell still fails" in trend_of(seed=3, broken=(planted,)).sentence


def test_revisions_stand_on_both_sides() -> None:
    since = words.since_words(Since(before=0, after=1), FOUND)
    before, after = FOUND.nights[0].revision, FOUND.nights[1].revision
    assert since == f"since 2026-09-02 02:00 ({before} → {after})"
    same = replace(FOUND, nights=(FOUND.nights[0], FOUND.nights[0]))
    assert words.since_words(Since(before=0, after=1), same).endswith(f"({before} both)")
    first = words.since_words(Since(before=None, after=0), FOUND)
    assert first == f"since the first night of this history ({before})"


def test_rates_and_percentages() -> None:
    one = next(c for c in FOUND.cells if c.scenario == "load_with_outage")
    assert words.rate_words(one) == "4 of 24 nights (4.7 % to 37.4 %)"
    assert words.rate_words(replace(one, n=0)) == "none decided"
    assert [words.percent(v) for v in (12.34, -0.04, -250.4, None)] == [
        "+12.3 %",
        "0 %",
        "−250 %",
        "any",
    ]


def test_days_units_and_medians() -> None:
    assert words.day("20260901T020000Z") == "2026-09-01 02:00"
    assert words.day("odd\x1b") == "odd�"
    one = series(FOUND, "steady_load", "load_response_p95_ms")
    assert words.figure_unit(one) == "ms"
    assert words.last_value(one).endswith(" ms")
    assert words.last_value(replace(one, values=(None,))) == ""
    assert words.median([3.0, 1.0]) == 2.0
    assert words.median([3.0, 1.0, 9.0]) == 3.0
