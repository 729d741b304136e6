"""The index of a folder of runs: everything in it, the newest first, whatever its state."""

from __future__ import annotations

import json
from pathlib import Path

from harness.ledger.experiment import write_experiment
from reports.experiments.publish import write_experiment_report
from reports.pages.publish import publish
from reports.shelf.index import MOST_MARKS, entries_of, render_index, strips_of
from tests.reports.experiment_builder import four_arms
from tests.reports.ledgers import healthy
from tests.reports.pages.parsed import Page
from tests.reports.report_samples import HOSTILE
from tests.reports.suites import suite_of


def stored(folder: Path, name: str, **changes: object) -> None:
    """A suite's directory with the verdict that it stored."""
    directory = folder / name
    directory.mkdir(parents=True)
    (directory / "plan.json").write_text("{}")
    (directory / "report.html").write_text("")
    verdict = {"suite": "smoke", "verdict": "pass", "reason": "all", "started": name}
    (directory / "verdict.json").write_text(json.dumps({**verdict, "duration_s": 2, **changes}))


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
