"""Answers: by status, by a class of statuses, by a field of the body."""

from __future__ import annotations

import gzip
import zlib

import pytest

from harness.core.outcome import Outcome
from harness.target.described.answers import AnswerReader
from harness.target.described.form import AnswersTable, ValuesTable
from harness.target.dialect import Reply

ACCEPTED, REFUSED, UNKNOWN = Outcome.ACKNOWLEDGED, Outcome.REFUSED, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("status", "outcome", "may_resend"),
    [
        (200, ACCEPTED, False),
        (204, ACCEPTED, False),
        (302, UNKNOWN, False),
        (400, REFUSED, False),
        (429, UNKNOWN, True),
        (503, UNKNOWN, True),
        (700, UNKNOWN, False),
    ],
)
def test_by_status_alone(status: int, outcome: Outcome, may_resend: bool) -> None:
    found = AnswerReader(AnswersTable()).meaning(Reply(status, b"not json"))
    assert (found.outcome, found.may_resend) == (outcome, may_resend)


def test_a_status_goes_before_its_class_and_a_duplicate_is_stored() -> None:
    reader = AnswerReader(AnswersTable(accepted=(202,), duplicate=(409,), try_again=("2xx",)))
    assert reader.meaning(Reply(202)).outcome is ACCEPTED
    assert reader.meaning(Reply(200)).may_resend
    assert reader.meaning(Reply(409)).outcome is ACCEPTED


LIES = AnswersTable(
    field="/result",
    values=ValuesTable(
        accepted=("ok", True), duplicate=("seen",), refused=("bad",), try_again=("busy",)
    ),
    inserted="/counts/new",
    duplicates="/counts/old",
)


@pytest.mark.parametrize(
    ("body", "outcome", "may_resend"),
    [
        (b'{"result": "ok"}', ACCEPTED, False),
        (b'{"result": true}', ACCEPTED, False),
        (b'{"result": 1}', UNKNOWN, False),
        (b'{"result": "seen"}', ACCEPTED, False),
        (b'{"result": "bad"}', REFUSED, False),
        (b'{"result": "busy"}', UNKNOWN, True),
        (b'{"error": "disk full"}', UNKNOWN, False),
        (b"<html>error</html>", UNKNOWN, False),
        (b"[" * 100_000, UNKNOWN, False),
    ],
)
def test_a_200_is_believed_only_with_its_field(
    body: bytes, outcome: Outcome, may_resend: bool
) -> None:
    found = AnswerReader(LIES).meaning(Reply(200, body))
    assert (found.outcome, found.may_resend) == (outcome, may_resend)


GRAPHQL = AnswersTable(
    error="/errors",
    error_code="/errors/0/code",
    values=ValuesTable(accepted=("FINE",), refused=("BAD",), try_again=("BUSY",)),
)


@pytest.mark.parametrize(
    ("packed", "coding", "outcome"),
    [
        (gzip.compress(b'{"result": "ok"}'), "gzip", ACCEPTED),
        (gzip.compress(b'{"result": "bad"}'), "", REFUSED),
        (zlib.compress(b'{"result": "busy"}'), "deflate", UNKNOWN),
        (zlib.compress(b'{"result": "ok"}'), "Deflate", ACCEPTED),
        (gzip.compress(b'{"result": "ok"}')[:-12], "gzip", UNKNOWN),
        (b"\x1f\x8b no gzip", "gzip", UNKNOWN),
        (b'{"result": "ok"}', "deflate", ACCEPTED),
        (gzip.compress(b'{"result": "ok"' + b" " * (5 << 20) + b"}"), "gzip", UNKNOWN),
    ],
    ids=[
        *("gzip", "gzip that does not say so", "deflate", "deflate, accepted", "half", "no gzip"),
        *("not compressed although it says so", "larger than any answer"),
    ],
)
def test_a_compressed_answer_is_read_too(packed: bytes, coding: str, outcome: Outcome) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}".encode()
    assert AnswerReader(LIES).meaning(Reply(200, packed, head)).outcome is outcome


@pytest.mark.parametrize(
    ("body", "outcome", "may_resend"),
    [
        (b'{"data": {"count": 2}}', ACCEPTED, False),
        (b'{"data": {"count": 2}, "errors": []}', ACCEPTED, False),
        (b'{"data": {"count": 2}, "errors": null}', ACCEPTED, False),
        (b'{"data": null, "errors": [{"code": "BUSY"}]}', UNKNOWN, True),
        (b'{"errors": [{"code": "BAD"}]}', REFUSED, False),
        (b'{"errors": [{"message": "disk full"}]}', UNKNOWN, False),
        (b'{"errors": [{"code": "FINE"}]}', UNKNOWN, False),
        (b'{"errors": "no"}', UNKNOWN, False),
        (b"", UNKNOWN, False),
    ],
)
def test_an_error_under_200_is_no_acknowledgement(
    body: bytes, outcome: Outcome, may_resend: bool
) -> None:
    found = AnswerReader(GRAPHQL).meaning(Reply(200, body))
    assert (found.outcome, found.may_resend) == (outcome, may_resend)


def test_an_error_is_its_own_code_where_no_other_is_named_and_goes_before_the_field() -> None:
    table = AnswersTable(
        error="/error", field="/ok", values=ValuesTable(accepted=(True,), try_again=("busy",))
    )
    reader = AnswerReader(table)
    assert reader.meaning(Reply(200, b'{"ok": true, "error": "busy"}')).may_resend
    assert reader.meaning(Reply(200, b'{"ok": true, "error": ""}')).outcome is ACCEPTED
    assert reader.meaning(Reply(200, b'{"error": ""}')).outcome is UNKNOWN


def test_counts_are_read_where_the_answer_has_them() -> None:
    reader = AnswerReader(LIES)
    full = reader.meaning(Reply(200, b'{"result": "ok", "counts": {"new": 3, "old": true}}'))
    assert (full.inserted, full.duplicate) == (3, None)
    assert reader.meaning(Reply(200, b'{"result": "ok"}')).inserted is None


def test_a_pause_that_the_server_asks_for() -> None:
    head = b"HTTP/1.1 429 x\r\nRetry-After: 3"
    assert AnswerReader(AnswersTable()).meaning(Reply(429, b"", head)).retry_after_s == 3


def test_at_most_once_is_never_sent_again() -> None:
    assert not AnswerReader(AnswersTable(), resends=False).meaning(Reply(503)).may_resend


@pytest.mark.parametrize(
    ("status", "words"),
    [(200, "accepted"), (400, "refused"), (503, "try again"), (302, "none of the [answers]")],
)
def test_in_words(status: int, words: str) -> None:
    assert AnswerReader(AnswersTable()).explained(Reply(status)) == words


EACH = AnswersTable(
    error="/results/*/error",
    error_code="/results/*/error/code",
    values=ValuesTable(try_again=("BUSY",), refused=("OLD",)),
)


@pytest.mark.parametrize(
    ("body", "outcome", "may_resend"),
    [
        (b'{"results": [{"id": 1}, {"id": 2, "error": null}]}', ACCEPTED, False),
        (b'{"results": []}', ACCEPTED, False),
        (b'{"results": [{"id": 1}, {"error": {"code": "OLD"}}]}', REFUSED, False),
        (b'{"results": [{"error": {"code": "BUSY"}}, {"id": 2}]}', UNKNOWN, True),
        (b'{"results": [{"error": {"code": "NEW"}}]}', UNKNOWN, False),
        (b'{"results": {"*": {"error": {"code": "OLD"}}}}', REFUSED, False),
        (b'{"results": "none"}', ACCEPTED, False),
        (b"not json", UNKNOWN, False),
    ],
)
def test_one_view_that_is_turned_down_is_seen_wherever_it_stands(
    body: bytes, outcome: Outcome, may_resend: bool
) -> None:
    found = AnswerReader(EACH).meaning(Reply(207, body))
    assert (found.outcome, found.may_resend) == (outcome, may_resend)


@pytest.mark.parametrize("pointer", ["/rows/*", "/rows/*/*", "/rows/*n"])
def test_a_star_is_a_step_of_its_own(pointer: str) -> None:
    reader = AnswerReader(AnswersTable(error=pointer))
    something = UNKNOWN if pointer == "/rows/*" else ACCEPTED
    assert reader.meaning(Reply(200, b'{"rows": [[0, 0], [0, ""]]}')).outcome is something
