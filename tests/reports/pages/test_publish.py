"""A stored suite is shown as it ran: by an older revision, and whatever the catalogue says today.

``tests/reports/stored`` holds suites that real revisions stored, evidence included and logs left
out: ``format_1`` with the verdict.json that its revision wrote, ``format_2`` as the catalogue was.
Both hold an outage, a first visit, a loss that was expected and a cell that could not run.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from msgspec import structs

from harness.ledger.plan import Roadmap
from reports.pages import html
from reports.pages.publish import publish
from reports.verdict.verdict import Verdict
from scenarios.catalogue import expected, roadmap, targets
from scenarios.catalogue.cells import cell_of
from scenarios.catalogue.declare import REGISTRY, load_all
from scenarios.network import rows
from tests import ROOT
from tests.reports.ledgers import healthy
from tests.reports.pages.parsed import Page

STORED = ROOT / "tests" / "reports" / "stored"
REPORTS = ("verdict.json", "report.html", "summary.md", "comment.md", "junit.xml", "ctrf.json")
SUITES = ("format_1", "format_2")


def unpacked(name: str, directory: Path) -> Path:
    """A suite directory as it was stored."""
    with tarfile.open(STORED / f"{name}.tar.xz") as archive:
        archive.extractall(directory, filter="data")
    return directory / name


def published(directory: Path) -> dict[str, bytes]:
    """Every report of a suite, and the rows beside its cells."""
    publish(directory)
    beside = sorted(directory.glob("cells/**/rows.json"))
    return {str(path): path.read_bytes() for path in (*(directory / n for n in REPORTS), *beside)}


def figures(finding: dict[str, Any]) -> dict[str, Any]:
    """A finding without its sentence: words may become better, figures may not change."""
    return {name: value for name, value in finding.items() if name != "summary"}


def test_what_an_older_revision_stored_is_judged_as_that_revision_judged_it(tmp_path: Path) -> None:
    suite = unpacked("format_1", tmp_path)
    old = json.loads((suite / "verdict.json").read_text())
    new = json.loads(published(suite)[str(suite / "verdict.json")])
    assert (old["schema"], old["verdict"], old["reason"]) == (1, "pass", new["reason"])
    assert len(old["cells"]) == len(new["cells"]) == 4
    for then, now in zip(old["cells"], new["cells"], strict=True):
        found, had = now.pop("findings"), then.pop("findings")
        asked = {f["check"] for f in had}
        assert [figures(f) for f in found if f["check"] in asked] == [figures(f) for f in had]
        assert {f["verdict"] for f in found if f["check"] not in asked} <= {"pass"}
        for cell in (then, now):  # comparisons that are younger are counted
            cell["reason"] = re.sub(r"\d+ of \d+ checks", "all checks", cell["reason"])
        assert now.pop("measures") == pytest.approx(then.pop("measures"), rel=1e-9)
        assert {name: then[name] for name in then if name in now} == {
            name: now[name] for name in now if name in then
        }
    assert [cell["fix"] for cell in new["cells"]] == ["", "", "", "harness setup --only edge"]


def test_what_format_1_does_not_hold_is_absent_and_the_page_says_so(tmp_path: Path) -> None:
    suite = unpacked("format_1", tmp_path)
    page = Page(published(suite)[str(suite / "report.html")].decode())
    assert "made by" not in page.text
    assert "browser columns" not in page.text
    assert "What this page does not show: it was stored in format 1" in page.text
    questions = {one["question"] for one in json.loads((suite / "plan.json").read_text())["cells"]}
    assert len([question for question in questions if question in page.text]) == 2
    assert "100 % of what is shown becomes lost_unacked" in page.text
    assert "harness setup --only edge" in page.text


def test_a_stored_suite_shows_its_own_conditions_and_columns(tmp_path: Path) -> None:
    suite = unpacked("format_2", tmp_path)
    page = Page(published(suite)[str(suite / "report.html")].decode())
    assert "Short outage: connections refused, for 5 s; made by toxiproxy." in page.text
    assert "0 of the roadmap’s 13 browser columns filled" in page.text
    assert "near Chrome 120+ · Linux" in page.text
    assert "100 % of what is shown becomes lost_unacked" in page.text
    assert "does not show" not in page.text


@pytest.fixture
def another_catalogue(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[[], None]]:
    """A function that lets everything a plan is made from say something else from then on."""
    scenario = load_all()["short_outage"]
    arm = {"browser": "chromium", "preset": "roadmap"}
    nothing = tmp_path / "nothing.toml"
    nothing.write_text("format = 1\n")
    row = rows.Row(title="Long outage", what="everything refused", lasts_s=9, backends=("hammer",))
    column = structs.replace(roadmap.ROADMAP.columns[0], minimum=999)

    def change() -> None:
        monkeypatch.setattr(expected, "EXPECTED_FILE", nothing)
        expected._entries.cache_clear()
        monkeypatch.setattr(targets, "TARGETS_FILE", nothing)
        monkeypatch.setitem(rows.ROWS, "short_outage", row)  # type: ignore[arg-type]
        monkeypatch.setattr(roadmap, "ROADMAP", Roadmap(matrix="network", columns=(column,)))
        other = replace(scenario, question="Another?", checks=lambda arm: (), matrix="other")
        monkeypatch.setitem(REGISTRY, "short_outage", other)
        plan = cell_of(load_all()["short_outage"], arm, 1).plan
        assert (plan.question, plan.matrix, plan.checks) == ("Another?", "other", ())
        assert plan.conditions[0].nominal == "everything refused, for 9 s"
        assert expected.expected_loss("beacon_500", arm) is None

    yield change
    expected._entries.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize("name", SUITES)
def test_the_same_bytes_are_written_whatever_the_catalogue_says_today(
    name: str, another_catalogue: Callable[[], None], tmp_path: Path
) -> None:
    suite = unpacked(name, tmp_path)
    first = published(suite)
    another_catalogue()
    assert published(suite) == first, "judged again"


@pytest.mark.slow
@pytest.mark.parametrize("name", SUITES)
def test_a_run_judged_alone_is_what_it_is_in_its_suite(name: str, tmp_path: Path) -> None:
    suite = unpacked(name, tmp_path)
    whole = publish(suite).judged.suite
    for cell in whole.cells:
        if cell.verdict is Verdict.NOT_RUN:
            continue
        own_suite = publish(suite / str(cell.run)).judged.suite
        [alone] = own_suite.cells
        assert own_suite.lacking == whole.lacking
        assert alone.fates == cell.fates
        assert [f.verdict for f in alone.findings] == [f.verdict for f in cell.findings]
        assert alone.verdict is cell.verdict
        if name == "format_2":
            own = structs.replace(cell, run=".", fills="", near="", lacks="")
            assert alone == own


def test_a_run_that_was_stored_with_a_line_beside_its_network_is_shown_as_it_was(
    tmp_path: Path,
) -> None:
    ledger = healthy()
    ledger.arm = {"line": "slow-3g", "network": "packets", "preset": "durable"}
    ledger.checks = [{"name": "nothing_lost", "parameters": {}}]
    published = publish(ledger.write(tmp_path))
    [cell] = published.judged.suite.cells
    assert (cell.verdict, cell.arm) == (
        Verdict.PASS,
        "line=slow-3g,network=packets,preset=durable",
    )
    assert "slow-3g@packets" in published.page.read_text(encoding="utf-8")


def test_a_cell_that_the_page_has_no_room_for_has_one_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = unpacked("format_2", tmp_path)
    monkeypatch.setattr(html, "BODIES_MAX_BYTES", 0)
    page = Page(publish(suite).page.read_text())
    own = [str(a["href"]) for a in page.named("a") if str(a["href"]).endswith("/report.html")]
    assert len(set(own)) == 3, "all but the one that could not run"
    for href in set(own):
        source = (suite / unquote(href)).read_text()
        cell = Page(source)
        assert cell.named("svg"), "with its pictures"
        assert "run just this cell" in cell.text
        assert f"evidence {suite}/{unquote(href)[2:].removesuffix('/report.html')}" in (
            cell.text.replace("evidence/", "evidence /")
        )


def test_a_cell_s_own_page_goes_when_the_suite_s_page_has_room_for_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = unpacked("format_2", tmp_path)
    monkeypatch.setattr(html, "BODIES_MAX_BYTES", 0)
    publish(suite)
    stale = sorted(suite.glob("cells/**/report.html"))
    assert len(stale) == 3
    monkeypatch.undo()
    publish(stale[0].parent)  # reported by itself: it has a verdict of its own
    publish(suite)
    assert sorted(suite.glob("cells/**/report.html")) == stale[:1]
