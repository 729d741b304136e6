"""Recorded traffic: which of its requests carry views, and how much load they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import UsageError
from harness.load import recorded
from harness.load.recorded import Recording, read_recording
from harness.target.described.dialect import DescribedDialect
from harness.target.described.loading import described_system

HAR = Path(__file__).parent / "gallery.har"
"""Playwright's, of a visit in Chromium to the gallery of examples/express; shortened."""

FILE = """format = 1
base_url = "http://127.0.0.1:1"
[batch]
path = "/api/impressions"
body = { userId = "{user}", artworkIds = "{ids}" }
"""
LOG = """\
10.0.0.1 - - [30/Nov/2026:08:00:00 +0000] "GET / HTTP/1.1" 200 2326
10.0.0.1 - ann [30/Nov/2026:08:00:01 +0000] "POST /api/impressions HTTP/1.1" 200 31 "-" "curl"
10.0.0.2 - - [30/Nov/2026:08:00:01 +0000] "POST /api/impressions?v=2 HTTP/2.0" 503 0
what a log never has
10.0.0.1 - ann [30/Nov/2026:09:00:11 +0100] "POST /api/impressions HTTP/1.1" 200 31
"""


def dialect(folder: Path) -> DescribedDialect:
    (folder / "target.toml").write_text(FILE)
    found = described_system(f"file:{folder / 'target.toml'}").dialect
    assert isinstance(found, DescribedDialect)
    return found


def read(folder: Path, text: str) -> Recording:
    (folder / "recording").write_text(text)
    return read_recording(folder / "recording", dialect(folder))


def entry(body: str | None, at: str = "2026-11-30T08:00:00Z", **request: Any) -> dict[str, Any]:
    sent = {"method": "POST", "url": "https://shop.example/api/impressions", **request}
    if body is not None:
        sent["postData"] = {"mimeType": "application/json", "text": body}
    return {"startedDateTime": at, "request": sent, "response": {"status": 200}}


def har(*entries: dict[str, Any]) -> str:
    return json.dumps({"log": {"version": "1.2", "entries": entries}})


def test_a_visit_that_playwright_recorded_is_a_load_of_its_size(tmp_path: Path) -> None:
    found = read_recording(HAR, dialect(tmp_path))
    assert (len(found.requests), found.ids, found.users, found.without_body) == (4, 4, 1, 0)
    assert found.statuses == {200: 4}
    passed = (found.requests[-1].at - found.requests[0].at).total_seconds()
    assert found.seconds == passed > 1
    options = found.options()
    assert (options["--sessions"], options["--batch"]) == ("1", "1")
    assert float(options["--rate"]) == pytest.approx(4 / passed, rel=0.01)


def test_an_access_log_has_times_users_and_answers_and_no_ids(tmp_path: Path) -> None:
    found = read(tmp_path, LOG)
    assert [one.user for one in found.requests] == ["ann", "10.0.0.2", "ann"]
    assert (found.seconds, found.busiest_second, found.without_body) == (10.0, 2, 3)
    assert found.statuses == {200: 2, 503: 1}
    assert (found.ids, found.ids_each) == (0, 1.0)
    assert found.options() == {
        "--sessions": "2",
        "--rate": "0.3",
        "--duration": "10",
        "--batch": "1",
    }


def test_a_request_without_a_body_is_taken_for_one_like_the_others(tmp_path: Path) -> None:
    two = json.dumps({"userId": "ann", "artworkIds": ["a", "b", "c"]})
    found = read(
        tmp_path,
        har(entry(two), entry(None, "2026-11-30T08:00:03Z"), entry(two, "2026-11-30T08:00:02")),
    )
    assert [one.ids for one in found.requests] == [3, 3, None]
    assert (found.ids, found.ids_each, found.without_body) == (6, 3.0, 1)
    assert found.options()["--rate"] == "3"


def test_users_without_a_name_are_known_by_their_session(tmp_path: Path) -> None:
    body = '{"artworkIds": ["a"]}'
    sessions = ([{"name": "Cookie", "value": word}] for word in ("one", "two", "one"))
    found = read(tmp_path, har(*(entry(body, headers=fields) for fields in sessions)))
    assert found.users == 2
    assert found.seconds == 1.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is neither a HAR file nor an access log"),
        ("no log at all\n", "is neither a HAR file nor an access log"),
        ('{"log": {"entries": 7}}', "is no HAR file that can be read: TypeError"),
        ('{"log": {"entries": [{}]}}', "is no HAR file that can be read: KeyError"),
        ('{"entries": ', "is no HAR file that can be read: JSONDecodeError"),
        (har(), "no request is POST /api/impressions, as [batch] has it. It has nothing"),
        (har(entry("{}", method="PUT")), "It has PUT /api/impressions"),
        (LOG.replace("POST", "GET"), "It has GET /api/impressions, GET /"),
        (LOG.replace("30/Nov", "30/Xyz"), "is no time of an access log"),
    ],
)
def test_what_holds_no_such_request_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert words in caught.value.line
    assert "\n" not in caught.value.line


def test_a_file_that_is_not_there_or_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_recording(tmp_path / "none.har", dialect(tmp_path))
    monkeypatch.setattr(recorded, "BYTES_MAX", 10)
    with pytest.raises(UsageError, match="is larger than"):
        read(tmp_path, LOG)
