"""Answers as a page reports them, as a gateway gave them, and as receipts have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.ledger.kinds.client import Acknowledged, BatchRefused, RecorderEvent, Unanswered
from harness.ledger.kinds.network import BrowserUsed, RequestAnswered
from reports.evidence.evidence import Evidence
from reports.evidence.frame import read_ledger
from reports.evidence.reported.answers import other_answers
from reports.evidence.reported.sightings import sightings
from reports.evidence.reported.stories import page_stories
from reports.judging.findings import findings_of
from tests.reports.evidence.reported.whole_story import whole_story
from tests.reports.ledgers import FAIL, UNKNOWN, HandWritten, altered, without


def found(ledger: HandWritten, directory: Path) -> list[str]:
    frames = read_ledger(ledger.write(directory))
    [story] = page_stories(frames)
    return list(other_answers(story.rows, sightings(frames)))


def verdict(ledger: HandWritten, directory: Path, check: str) -> Any:
    # Where no browser was driven, less is due.
    evidence = Evidence(ledger=read_ledger(without(ledger, BrowserUsed).write(directory)))
    return {one.check: one.verdict for one in findings_of(evidence, ())}[check]


def miscounts(ledger: HandWritten) -> HandWritten:
    altered(ledger, Acknowledged, lambda row: {"inserted": 0, "duplicate": 7})
    return ledger


def test_all_agree(tmp_path: Path) -> None:
    assert found(whole_story(), tmp_path) == []


def test_a_page_that_miscounts_alone_is_a_wrong_report(tmp_path: Path) -> None:
    assert found(miscounts(whole_story()), tmp_path) == [
        "reported 2 answers with other counts than a gateway gave it"
    ]
    assert verdict(miscounts(whole_story()), tmp_path / "judged", "counts_as_processed") is UNKNOWN


def test_with_the_gateway_on_its_side_the_target_is_accused(tmp_path: Path) -> None:
    ledger = miscounts(whole_story())
    altered(ledger, RequestAnswered, lambda row: {"inserted": 0, "duplicate": 7})
    assert found(ledger, tmp_path) == []
    assert verdict(ledger, tmp_path / "judged", "counts_as_processed") is FAIL


def test_without_a_gateway_a_page_is_believed(tmp_path: Path) -> None:
    ledger = without(miscounts(whole_story()), RequestAnswered)
    assert found(ledger, tmp_path) == []
    assert verdict(ledger, tmp_path / "judged", "counts_as_processed") is FAIL


def test_a_success_that_no_gateway_gave_is_a_wrong_report(tmp_path: Path) -> None:
    ledger = whole_story()
    rows = ledger.rows["client"]
    for place, (moment, row) in enumerate(rows):
        if isinstance(row, Unanswered):
            facts = {name: getattr(row, name) for name in row.__struct_fields__}
            rows[place] = (moment, Acknowledged(**{**facts, "status": 200}))
    assert found(ledger, tmp_path) == [
        "reported 1 answer with another status than a gateway gave it"
    ]
    assert verdict(ledger, tmp_path / "judged", "acks_after_commit") is UNKNOWN


def test_who_follows_a_redirect_reads_another_answer(tmp_path: Path) -> None:
    """A recorder that takes the page at its end for a success is at fault, not a wrong report."""
    ledger = whole_story()
    altered(ledger, RequestAnswered, lambda row: {"status": 303, "inserted": None})
    assert found(ledger, tmp_path) == []


def test_a_recorder_that_reports_success_before_the_answer_does_so_itself(tmp_path: Path) -> None:
    """It reports the real end of the request too: it is not the witness that is wrong."""
    ledger = whole_story()
    request = {"batch": "t-1", "attempt": 1, "transport": "fetch", "artworks": ("a", "b")}
    moment = next(at for at, row in ledger.rows["client"] if isinstance(row, RecorderEvent))
    ledger.reported(Acknowledged, 1.31, status=200, **request)
    ledger.rows["client"].sort(key=lambda pair: pair[0])
    assert moment
    assert found(ledger, tmp_path) == []


def test_an_answer_that_is_heard_before_it_was_given(tmp_path: Path) -> None:
    ledger = whole_story()
    rows = ledger.rows["network"]
    for place, (moment, row) in enumerate(rows):
        if isinstance(row, RequestAnswered):
            rows[place] = (moment._replace(mono_ns=moment.mono_ns + 900_000_000), row)
    assert found(ledger, tmp_path) == ["reported 3 answers before a gateway gave it"]


def test_who_gives_up_waiting_reports_no_answer_before_its_time(tmp_path: Path) -> None:
    """A stalled machine answers after the page's own limit: the page has read nothing."""
    ledger = whole_story()
    rows = ledger.rows["network"]
    for place, (moment, row) in enumerate(rows):
        if isinstance(row, RequestAnswered):
            rows[place] = (moment._replace(mono_ns=moment.mono_ns + 900_000_000), row)
    given_up = [
        (at, Unanswered(**{f: getattr(row, f) for f in ("user", "tab", "batch", "attempt")}))
        if isinstance(row, Acknowledged | BatchRefused | Unanswered)
        else (at, row)
        for at, row in ledger.rows["client"]
    ]
    assert given_up != ledger.rows["client"]
    ledger.rows["client"][:] = given_up
    assert found(ledger, tmp_path) == []


def test_half_an_answer_tells_nothing(tmp_path: Path) -> None:
    ledger = miscounts(whole_story())
    altered(ledger, RequestAnswered, lambda row: {"is_whole": False})
    assert found(ledger, tmp_path) == []
