"""The index of a folder of runs: everything in it, the newest first, whatever its state."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.experiment import write_experiment
from reports.experiments.publish import write_experiment_report
from reports.history.trend import trend
from reports.pages.publish import publish
from reports.shelf.index import (
    MOST_MARKS,
    MOST_SPARKLINES,
    entries_of,
    render_index,
    strips_of,
    suites_of,
    trend_file,
    write_index,
)
from tests.benchmarks.trend.planted import STEP, series, trend_of
from tests.reports.experiment_builder import four_arms
from tests.reports.ledgers import healthy
from tests.reports.pages.parsed import Page
from tests.reports.report_samples import HOSTILE
from tests.reports.shelf.stored_runs import FOUND, stored
from tests.reports.suites import suite_of


def test_suites_runs_and_experiments_are_listed_with_their_pages(tmp_path: Path) -> None:
    (tmp_path / "b-suite").mkdir()
    publish(suite_of(tmp_path / "b-suite"))
    publish(healthy().write(tmp_path / "c-run"))
    result = four_arms().result(tmp_path / "a-experiment")
    write_experiment(tmp_path / "a-experiment", result.plan)
    write_experiment_report(result)
    (tmp_path / "notes").mkdir()
    (tmp_path / "latest").symlink_to("b-suite")
    found = {entry.directory: entry for entry in entries_of(tmp_path)}
    assert {(e.directory, e.kind) for e in found.values()} == {
        ("a-experiment", "experiment"),
        ("b-suite", "suite"),
        ("c-run", "run"),
    }
    assert found["b-suite"].href == "./b-suite/report.html"
    assert found["a-experiment"].href == "./a-experiment/experiment.html"
    assert found["a-experiment"].standing == "undecided", "a loser keeps it open"
    assert found["c-run"].standing == "unknown", "no check judged it"
    targets = {str(a["href"]) for a in Page(render_index(tmp_path)).named("a")}
    assert targets == {entry.href for entry in found.values()}


def test_the_newest_comes_first_and_a_suite_has_its_strip(tmp_path: Path) -> None:
    for day in range(MOST_MARKS + 3):
        stored(tmp_path, f"2026-01-{day:02}", verdict="fail" if day == 9 else "pass")
    stored(tmp_path, "2026-02-01", suite="nightly")
    entries = entries_of(tmp_path)
    assert [e.started for e in entries[:2]] == ["2026-02-01", f"2026-01-{MOST_MARKS + 2:02}"]
    (strip,) = strips_of(entries).values()
    assert len(strip) == MOST_MARKS
    assert [e.started for e in strip] == sorted(e.started for e in strip)
    assert [e.standing for e in strip].count("fail") == 1
    source = render_index(tmp_path)
    assert source.count('class="sq fail"') == 1
    assert "✗" in Page(source).text


def test_what_has_no_report_or_cannot_be_read_is_named(tmp_path: Path) -> None:
    stored(tmp_path, "cut-short")
    (tmp_path / "cut-short" / "verdict.json").unlink()
    stored(tmp_path, "damaged")
    (tmp_path / "damaged" / "verdict.json").write_text("[1]")
    stored(tmp_path, "strange", verdict=7, reason=None, duration_s="x", interrupted=True)
    found = {entry.directory: entry for entry in entries_of(tmp_path)}
    assert found["cut-short"].standing == "no report"
    assert found["damaged"].standing == "unreadable"
    assert "does not hold a JSON object" in found["damaged"].sentence
    assert found["strange"].standing == ""
    assert "pass" not in {entry.standing for entry in found.values()}
    assert "✓" not in Page(render_index(tmp_path)).text


def test_an_empty_folder_says_so_and_any_text_stays_text(tmp_path: Path) -> None:
    assert "no suite, run or experiment" in Page(render_index(tmp_path)).text
    stored(tmp_path, "x", suite=HOSTILE, reason=HOSTILE, started=HOSTILE)
    source = render_index(tmp_path)
    assert "<script" not in source
    assert "\x1b" not in source


def test_an_interrupted_suite_says_so(tmp_path: Path) -> None:
    stored(tmp_path, "x", interrupted=True)
    (entry,) = entries_of(tmp_path)
    assert entry.sentence == "all (interrupted)"


def test_a_suite_with_a_history_says_what_broke_and_shows_what_changed(tmp_path: Path) -> None:
    stored(tmp_path, "2026-01-01", suite="nightly")
    page = render_index(tmp_path, {"nightly": FOUND})
    assert FOUND.sentence.replace(" %", "\u00a0%") in page
    assert page.count('class="spark"') == MOST_SPARKLINES < len(FOUND.series)
    assert f"{len(FOUND.series) - MOST_SPARKLINES} more figures" in page
    assert "<details" not in page
    folded = render_index(tmp_path, {"calm": trend_of(seed=3)})
    assert "<details" in folded, "what is steady takes no room"
    assert "<script" not in page
    changed = series(FOUND, STEP.scenario, STEP.figure)
    assert changed.state == "changed"
    [first, *_] = suites_of([], {"nightly": FOUND})[0].figures
    assert first[0] == changed, "what changed stands first"
    assert "./trend/nightly.html" in {str(a["href"]) for a in Page(page).named("a")}


def test_the_suite_that_broke_stands_before_those_that_are_well(tmp_path: Path) -> None:
    for day in ("1", "2"):
        stored(tmp_path, f"2026-01-0{day}", suite="a")
        stored(tmp_path, f"2026-02-0{day}", suite="z", verdict="fail")
    trends = {"nightly": FOUND, "calm": trend_of(seed=3), "empty": trend([])}
    found = suites_of(entries_of(tmp_path), trends)
    assert [one.name for one in found] == ["nightly", "z", "a", "calm"]
    assert [one.standing[2] for one in found] == ["broken", "fail", "pass", "nothing new"]
    assert (found[1].href, found[1].figures, found[1].others) == ("", [], 0)


def test_any_name_of_a_suite_gives_a_file_of_its_own() -> None:
    assert trend_file("nightly") == "nightly.html"
    names = [
        "first_visit, short_outage",
        "first_visit short_outage",
        "../x",
        "Nightly",
        "–",
        HOSTILE,
    ]
    files = [trend_file(name) for name in names]
    assert len(set(files)) == len(names)
    assert all(set(one) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.") for one in files)
    assert not [one for one in files if ".." in one or len(one) > 80]


def test_the_index_is_files_that_need_no_server(tmp_path: Path) -> None:
    stored(tmp_path, "2026-01-01", suite="nightly")
    page = write_index(tmp_path, {"nightly": FOUND, HOSTILE: FOUND})
    source = page.read_text()
    links = {str(a["href"]) for a in Page(source).named("a")}
    assert links == {"./2026-01-01/report.html"} | {
        f"./trend/{trend_file(name)}" for name in ("nightly", HOSTILE)
    }
    assert all((tmp_path / link).is_file() for link in links)
    assert [one.directory for one in entries_of(tmp_path)] == ["2026-01-01"], "trend/ is no run"
    assert "<script" not in source


def test_a_history_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    page = render_index(tmp_path, trouble="no such database")
    assert "There are no trends:" in page
    assert "no such database" in page
    assert "There are no trends" not in render_index(tmp_path)
