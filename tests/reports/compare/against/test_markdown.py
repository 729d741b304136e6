"""A pull request's comment: what changed first, within the hosts' limits, nothing active in it."""

from __future__ import annotations

from msgspec.structs import replace

from benchmarks.trend.nights import Nights, PlantedFate, PlantedStep, suites_of
from reports.compare.against.baseline import BaselineSuites, against
from reports.compare.against.markdown import COMPARED_LIMIT_BYTES, render_compared_markdown
from tests.reports.report_samples import HOSTILE

STEP = PlantedStep(scenario="steady_load", figure="load_response_p95_ms", night=12, factor=1.5)
FATE = PlantedFate(scenario="first_visit", night=12)
NIGHTS = suites_of(Nights(count=13, seed=3, steps=(STEP,), broken=(FATE,)))
FOUND = against(BaselineSuites(name="main", suites=NIGHTS[:-1]), NIGHTS[-1], "runs/x")


def test_what_changed_stands_before_what_did_not() -> None:
    written = render_compared_markdown(FOUND)
    assert written.startswith("### ✗ B is worse: ")
    news, _, alike = written.partition("<details>")
    assert "✗ new in B" in news
    assert "✗ worse | load response p95" in news
    assert "= as before" not in news
    assert "= as before" in alike
    assert "rows without news</summary>" in written


def test_it_fits_whatever_there_is() -> None:
    many = tuple(replace(one, arm=f"n={n}") for n in range(400) for one in FOUND.figures)
    large = replace(FOUND, figures=many)
    written = render_compared_markdown(large)
    assert len(written.encode()) <= COMPARED_LIMIT_BYTES
    assert "**Shortened:**" in written
    short = render_compared_markdown(large, limit_bytes=1_200)
    assert len(short.encode()) <= 1_200
    assert "**Trimmed:** " in short
    assert short.startswith("### ✗ B is worse")


def test_names_are_text() -> None:
    fates = tuple(replace(one, scenario=HOSTILE) for one in FOUND.fates)
    written = render_compared_markdown(replace(FOUND, fates=fates, sentence=HOSTILE))
    assert "<script" not in written
    assert "\x1b" not in written


def test_what_is_not_comparable_is_a_warning() -> None:
    found = replace(FOUND, unsafe="These two differ in: cpus", drift="the canary takes longer")
    written = render_compared_markdown(found)
    assert "**Not comparable in all:** These two differ in: cpus." in written
    assert "**The machine?** the canary takes longer." in written
