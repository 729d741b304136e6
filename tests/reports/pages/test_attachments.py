"""The evidence of a cell that did not pass: every file is there, and the rows that accuse."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import HarnessError
from harness.ledger.kinds.client import Attempt
from harness.ledger.kinds.network import FaultEnd, FaultStart
from reports.pages import attachments as exhibits_module
from reports.pages.attachments import MOST_FILES, Exhibit, exhibits_of
from reports.pages.html import Shown, render_html
from reports.pages.publish import publish
from reports.verdict.verdict import Verdict
from tests.reports.histories import duplicate_stored, lost_acked
from tests.reports.ledgers import HandWritten, healthy
from tests.reports.pages.parsed import Page
from tests.reports.report_samples import failing, passing, suite_of
from tests.reports.suites import HALF, judged, lossy

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0"
    "000003010100c9fe92ef0000000049454e44ae426082"
)


def written(directory: Path, ledger: HandWritten, **files: bytes) -> Path:
    """A single run with these files of evidence; ``__`` stands for a dot."""
    ledger.checks = [{"name": n, "parameters": {}} for n in ("nothing_lost", "nothing_twice")]
    ledger.write(directory)
    (directory / "evidence").mkdir(exist_ok=True)
    for name, content in files.items():
        (directory / "evidence" / name.replace("__", ".")).write_bytes(content)
    return directory


def rows(directory: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((directory / "evidence" / "rows.json").read_text())
    return content


def test_every_file_is_linked_with_its_size_and_what_it_is(tmp_path: Path) -> None:
    run = written(tmp_path, lost_acked(), console__txt=b"x" * 2500, trace__zip=b"z", odd__bin=b"")
    page = Page(publish(run).page.read_text())
    links = [a["href"] for a in page.named("a") if (a["href"] or "").startswith("./")]
    assert links == [
        f"./evidence/{n}" for n in ("console.txt", "odd.bin", "rows.json", "trace.zip")
    ]
    assert all((run / str(link)).is_file() for link in links)
    assert "console.txt 2 kB what the page's console printed" in page.text
    assert f"playwright show-trace {run}/evidence/trace.zip" in page.text
    assert not page.named("img")


def test_the_first_screenshot_is_in_the_page_and_no_other_picture(tmp_path: Path) -> None:
    run = written(tmp_path, lost_acked(), **{"screenshot-1__png": PNG, "screenshot-2__png": PNG})
    page = Page(publish(run).page.read_text())
    [image] = page.named("img")
    assert image["src"] == "./evidence/screenshot-1.png"
    assert (image["alt"] or "").startswith("screenshot screenshot-1.png of the browser in")
    policy = next(m["content"] for m in page.named("meta") if m.get("http-equiv"))
    assert "img-src 'self' file:;" in (policy or "")
    assert "http" not in (policy or "")


def test_a_cell_that_passed_shows_none(tmp_path: Path) -> None:
    run = written(tmp_path, healthy(), console__txt=b"x")
    page = Page(publish(run).page.read_text())
    assert "console.txt" not in page.text
    assert not (run / "evidence" / "rows.json").exists()
    policy = next(m["content"] for m in page.named("meta") if m.get("http-equiv"))
    assert "img-src" not in (policy or "")


def test_the_rows_of_every_witness_that_mention_an_offender_are_kept(tmp_path: Path) -> None:
    run = written(tmp_path, lost_acked())
    publish(run)
    [story] = rows(run)["impressions"]
    assert (story["impression"], story["fate"]) == ("ann/b", "lost_acked")
    assert [(r["kind"], r["at_s"]) for r in story["viewer"]] == [
        ("view_intent", 1.01),
        ("view_shown", 1.02),
    ]
    assert [r["kind"] for r in story["client"]] == ["attempt", "acknowledged"]
    [receipt] = story["server"]
    assert (receipt["received_s"], receipt["committed_s"]) == (1.08, 1.1)
    assert receipt["committed_wall_s"] == 1.1
    assert story["database"] == story["load"] == []
    assert not any(name.endswith("_ns") for r in story["client"] for name in r)


def test_loads_faults_and_details_are_in_seconds(tmp_path: Path) -> None:
    ledger = duplicate_stored().sent(2.0, artworks=("b",), batch="l")
    ledger.receipt(["b"], 2.003, batch="l")
    ledger.saw(3.0, FaultStart(fault="cut"))
    ledger.saw(4.5, FaultEnd(fault="cut"))
    one = {"user": "ann", "tab": "tab-1", "artworks": ["b"]}
    ledger.saw(5.0, Attempt(reason="retry", **one))
    run = written(tmp_path, ledger)
    publish(run)
    content = rows(run)
    assert content["faults"] == [{"fault": "cut", "from_s": 3.0, "to_s": 4.5}]
    [story] = content["impressions"]
    [request] = story["load"]
    assert (request["scheduled_s"], request["sent_s"], request["done_s"]) == (2.0, 2.0005, 2.005)
    assert story["client"][-1]["detail"] == {"reason": "retry"}
    assert {r["copies"] for r in story["database"] if r["kind"] == "final_row"} == {2}


def test_at_most_eight_offenders_and_so_many_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exhibits_module, "_MOST_ROWS", 1)
    run = written(tmp_path, lossy(20, 30))
    publish(run)
    stories = rows(run)["impressions"]
    assert len(stories) == 8
    assert stories[0]["viewer"][1] == {"left_out": 1}


def test_an_expected_failure_has_its_evidence_too(tmp_path: Path) -> None:
    judged(tmp_path, lossy(10), HALF)
    page = Page(publish(tmp_path).page.read_text())
    link = next(a["href"] for a in page.named("a") if (a["href"] or "").endswith("rows.json"))
    assert (tmp_path / str(link)).is_file()
    assert "expected fail" in page.text


def test_publishing_again_writes_the_same(tmp_path: Path) -> None:
    run = written(tmp_path, lost_acked(), console__txt=b"x")
    publish(run)
    before = {p: p.read_bytes() for p in sorted(run.rglob("*")) if p.is_file()}
    publish(run)
    assert {p: p.read_bytes() for p in sorted(run.rglob("*")) if p.is_file()} == before


def test_rows_go_when_nothing_offends_any_more(tmp_path: Path) -> None:
    run = written(tmp_path, healthy(), rows__json=b"{}")
    publish(run)
    assert not (run / "evidence" / "rows.json").exists()


def test_evidence_that_cannot_be_written_costs_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    run = written(tmp_path, lost_acked())
    monkeypatch.setattr("reports.pages.attachments.encode_json", full)
    assert publish(run).judged.suite.verdict is Verdict.FAIL
    monkeypatch.setattr("reports.pages.publish.write_record", full)
    with pytest.raises(HarnessError, match="No space left"):
        publish(run)


def test_links_out_of_the_evidence_are_not_followed(tmp_path: Path) -> None:
    run = written(tmp_path, lost_acked())
    (tmp_path / "secret.txt").write_text("s")
    os.symlink(tmp_path / "secret.txt", run / "evidence" / "link.txt")
    (run / "evidence" / ".hidden").write_text("h")
    cell = publish(run).judged.suite.cells[0]
    assert [e.name for e in exhibits_of(run, cell)] == ["rows.json"]


def test_more_files_than_anybody_reads_are_not_all_listed(tmp_path: Path) -> None:
    run = written(tmp_path, lost_acked(), **{f"f{n:03d}__txt": b"" for n in range(MOST_FILES + 5)})
    cell = publish(run).judged.suite.cells[0]
    found = exhibits_of(run, cell)
    assert len(found) == MOST_FILES + 1
    assert (found[-1].href, found[-1].what) == ("./evidence/", "and 6 more")


@pytest.mark.parametrize(
    "name", ['a"b<i>.txt', "javascript:alert(1).txt", "sp ace#?.txt", "ümläut.png"]
)
def test_a_file_of_any_name_is_linked_and_harmless(name: str, tmp_path: Path) -> None:
    run = written(tmp_path, lost_acked())
    (run / "evidence" / name).write_bytes(PNG)
    source = publish(run).page.read_text()
    assert "<i>" not in source
    hrefs = [str(a["href"]) for a in Page(source).named("a")]
    assert all(href.startswith(("#", "./evidence/")) for href in hrefs)
    assert len([h for h in hrefs if h.startswith("./")]) >= 2


def test_a_page_without_evidence_looks_as_ever() -> None:
    suite = suite_of(failing(), passing())
    plain = render_html(suite)
    assert render_html(suite, {failing().name: Shown()}) == plain
    exhibit = Exhibit(name="n", href="./n", size="1 bytes", what="file")
    assert './n"' in render_html(suite, {failing().name: Shown(exhibits=[exhibit])})
