"""The kill matrix for readers: every defect, whatever became of it, and nothing unescaped."""

from __future__ import annotations

import io

import pytest
from msgspec.structs import replace
from rich.console import Console

from reports.judging.kill_matrix import Power
from reports.pages import kill_matrix as pages
from reports.verdict.verdict import Verdict
from tests.reports.kill_samples import CAUGHT, GREEN, cell, matrix, one
from tests.reports.pages.parsed import Page

MATRIX = matrix(
    one(CAUGHT),
    one(cell(Verdict.FAIL, "nothing_twice"), twin=True),
    about="It <b>drops</b> a|b.",
    chance=True,
)


def test_the_page_shows_defect_names_hits_and_accusations() -> None:
    page = pages.render_page(MATRIX, alarms="0 of 9")
    assert "no_insert" in page
    assert "It &lt;b&gt;drops&lt;/b&gt;" in page
    assert "twin: why &lt;it&gt; is" in page
    assert "0 of 9" in page
    assert "harness selftest --defect no_insert" in page
    assert Page(page)


def test_the_document_has_a_row_for_each_defect_and_escapes_its_cells() -> None:
    document = pages.render_document(MATRIX, alarms="0 of 9")
    [row] = [line for line in document.splitlines() if line.startswith("| `no_insert` | server")]
    assert r"a\|b" in row
    assert "| caught | lost_acked |" in row.replace("\\", "")
    assert "False alarms: 0 of 9" in document
    assert "## Where chance decides" in document


def test_the_document_has_the_rates_of_the_record_and_the_most_walks_of_the_seeds() -> None:
    walked = [
        replace(one(CAUGHT), scenario="simulation", seed=seed, walks=walks)
        for seed, walks in ((1, 7), (2, 1200), (3, 30))
    ]
    rates = [Power.of("no_insert", "simulation", caught=59, n=59)]
    document = pages.render_document(matrix(*walked), rates=rates)
    assert "| `no_insert` | 1,200 | 3 | lost_acked, nothing_lost |" in document
    assert "| `no_insert` | simulation | 59 | 59 | 93.9 to 100.0 % | yes |" in document
    own = pages.render_document(matrix(*walked))
    assert "| `no_insert` | simulation | 3 | 3 | 29.2 to 100.0 % | not shown |" in own
    assert "Where chance decides" not in pages.render_document(matrix(*walked), rates=[])


def test_the_page_shows_how_many_seeds_caught_and_the_worst_of_them() -> None:
    page = pages.render_page(matrix(one(CAUGHT), one(GREEN), one(CAUGHT)))
    assert "first_visit: 2 of 3 seeds" in page
    assert '<span class="sq fail" title="first_visit: ' in page


def test_the_terminal_s_table_ends_with_the_verdict() -> None:
    out = io.StringIO()
    pages.print_kills(MATRIX, Console(file=out, width=200), alarms="0 of 9")
    lines = out.getvalue().splitlines()
    assert "no_insert" in out.getvalue()
    assert "no_insert in first_visit: caught in 1 of 1 seeds" in out.getvalue()
    assert lines[-2].startswith("false alarms: 0 of 9")
    assert "twin accused (no_insert)" in lines[-1]


@pytest.mark.parametrize(
    ("clean", "alarms", "words"),
    [(0, 0, "no clean cell"), (300, 0, "0 of 300 clean cells raised an alarm: fewer than 0.99 %")],
)
def test_false_alarms_are_bounded(clean: int, alarms: int, words: str) -> None:
    from reports.statistics.share import share_at_most

    high = share_at_most(alarms, clean + alarms)
    assert words in pages.bound_sentence(clean, alarms, high)


def test_a_green_matrix_says_so() -> None:
    found = matrix(one(CAUGHT), one(GREEN, twin=True))
    assert "pass: 1 of 1 defects were caught" in pages.render_document(found)
    assert pages.caught_by(found.cells[:1]) == ("lost_acked", "nothing_lost")
    assert pages.scenarios_of(found) == ["first_visit"]
    assert pages.command_of(found.defects[0]) == "harness selftest --defect no_insert"
