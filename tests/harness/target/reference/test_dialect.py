"""The reference system's requests and replies."""

from __future__ import annotations

import gzip
import json

import pytest

from harness.core.errors import TargetNotReady
from harness.core.outcome import Outcome
from harness.load.generator.sender import Batch
from harness.load.schedule.schedule import Names, Workload
from harness.target.dialect import BatchFields, Reply
from harness.target.neighbours import Likeness, pair
from harness.target.reference.dialect import BATCH_PATH, ReferenceDialect

DIALECT = ReferenceDialect()


@pytest.mark.parametrize("ids", [1, 3])
def test_an_encoded_batch_is_a_whole_request_with_the_json_of_its_batch(ids: int) -> None:
    names = Names(Workload(sessions=2, impressions=ids, duration_s=0.2, flush_delay_s=0.1), 7)
    batch = Batch(5, names.users[1], 2, f"{12:016x}", names.artworks[:ids])
    content = {
        "artworkIds": names.artworks[:ids],
        "batchId": "000000000000000c",
        "tabId": names.users[1],
        "seq": 2,
        "attempt": 4,
        "transport": "load",
    }
    body = json.dumps(content)

    request, body_bytes = DIALECT.batch_encoder("here:80")(batch, 4, "Cookie: a=1\r\n")

    assert request.decode() == (
        f"POST {BATCH_PATH} HTTP/1.1\r\nHost: here:80\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nCookie: a=1\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    assert body_bytes == len(body)
    assert DIALECT.batch_fields(body.encode()) == BatchFields(
        batch="000000000000000c",
        attempt=4,
        transport="load",
        tab=names.users[1],
        artworks=tuple(content["artworkIds"]),
    )


def test_a_compressed_batch_says_so_and_holds_the_same() -> None:
    ids = [f"artwork-{number:04}" for number in range(50)]
    batch = Batch(5, "someone", 2, "b", ids)
    _, plain_bytes = DIALECT.batch_encoder("here:80")(batch, 1, "")

    encode = DIALECT.batch_encoder("here:80", coding="gzip")
    request, body_bytes = encode(batch, 1, "Cookie: a=1\r\n")

    head, _, body = request.partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head
    assert f"Content-Length: {len(body)}".encode() in head
    assert body_bytes == len(body) < plain_bytes
    assert json.loads(gzip.decompress(body))["artworkIds"] == ids


def test_ids_of_a_load_are_escaped() -> None:
    ids = [one for kind in Likeness for number in range(9) for one in pair(kind, "a", number)]
    batch = Batch(5, pair(Likeness.JSON, "user", 4)[1], 2, "b", ids)

    request, body_bytes = DIALECT.batch_encoder("here:80")(batch, 1, "")

    body = request.partition(b"\r\n\r\n")[2]
    assert body_bytes == len(body)
    assert json.loads(body)["artworkIds"] == ids
    assert json.loads(body)["tabId"] == batch.user


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, Outcome.ACKNOWLEDGED) for status in (200, 204)),
        *((status, Outcome.REFUSED) for status in (400, 404, 413, 422)),
        *((status, Outcome.UNKNOWN) for status in (302, 401, 408, 409, 425, 429, 500, 503)),
    ],
)
def test_what_a_status_says(status: int, outcome: Outcome) -> None:
    assert DIALECT.understand(Reply(status)).outcome is outcome


def test_an_acknowledgement_counts_ids() -> None:
    body = b'{"received": 3, "inserted": 2, "duplicate": 1}'
    meaning = DIALECT.understand(Reply(200, body))
    assert (meaning.inserted, meaning.duplicate, meaning.may_resend) == (2, 1, False)


@pytest.mark.parametrize("body", [b"", b"ok", b"[1]", b'{"inserted": "2"}', b'{"inserted": true}'])
def test_an_acknowledgement_without_counts_tells_none(body: bytes) -> None:
    meaning = DIALECT.understand(Reply(200, body))
    assert (meaning.outcome, meaning.inserted) == (Outcome.ACKNOWLEDGED, None)


def test_a_server_that_has_no_time_says_how_long_it_wants() -> None:
    meaning = DIALECT.understand(Reply(503, head=b"HTTP/1.1 503 X\r\nretry-after: 7"))
    assert (meaning.may_resend, meaning.retry_after_s) == (True, 7.0)


def test_a_sign_in_opens_a_session_with_all_cookies() -> None:
    head = b"HTTP/1.1 204 X\r\nSet-Cookie: a=1; Path=/\r\nset-cookie: b=2; HttpOnly"
    session = DIALECT.session_of(Reply(204, head=head))
    assert session.cookies == {"a": "1", "b": "2"}
    assert session.lines == "Cookie: a=1; b=2\r\n"


def test_a_refused_sign_in_is_an_error() -> None:
    with pytest.raises(TargetNotReady, match="sign-in answered 403"):
        DIALECT.session_of(Reply(403))


def test_the_probe_tells_what_is_in_flight_ready_or_not() -> None:
    assert DIALECT.in_flight(Reply(503, b'{"ready": false, "in_flight": 4}')) == 4


@pytest.mark.parametrize("body", [b"", b"{}", b'{"in_flight": null}', b'{"in_flight": "many"}'])
def test_a_probe_that_does_not_tell_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"in_flight|many"):
        DIALECT.in_flight(Reply(200, body))


def test_fields_of_another_type_tell_nothing() -> None:
    body = b'{"batchId": 3, "attempt": "2", "transport": null, "tabId": ["t"], "artworkIds": [1]}'
    assert DIALECT.batch_fields(body) == BatchFields()


@pytest.mark.parametrize("body", [b"", b"not JSON", b"[1]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_tells_nothing(body: bytes) -> None:
    assert DIALECT.batch_fields(body) == BatchFields()
