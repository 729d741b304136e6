"""The dialect of a described system: requests, sessions, what comes back."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
from types import SimpleNamespace

import pytest
from msgspec import structs

from harness.core.errors import TargetNotReady, UsageError
from harness.target.described.answers import AnswerReader
from harness.target.described.dialect import MOST_IDS, DescribedDialect, signature_of, unpacked
from harness.target.described.form import (
    AnswersTable,
    BatchTable,
    SessionTable,
    SignatureTable,
    SignInTable,
)
from harness.target.described.ids import RunMark, ViewIds
from harness.target.dialect import Reply, ids_at_most_of, session_without_sign_in, silence_of

IDS = ViewIds(mark=RunMark(word="00c0ffee", seed=7), has_users=True)
BATCH = BatchTable(
    path="/u/{user}/views?v=1",
    body={"views": "{ids}", "batch": "{batch}", "attempt": "{attempt}"},
    item={"id": "{id}"},
    headers={"X-Attempt": "{attempt}"},
    gzip=True,
)


NO_SESSION = SessionTable()


def dialect(batch: BatchTable = BATCH, session: SessionTable = NO_SESSION) -> DescribedDialect:
    return DescribedDialect(
        batch=batch,
        session=session,
        answers=AnswerReader(AnswersTable()),
        ids=IDS,
        base_path="/v2",
    )


def sent(made: DescribedDialect, coding: str = "identity") -> tuple[bytes, int]:
    batch = SimpleNamespace(
        name="b-1", user="load-7-00001", sequence=0, artworks=[made.load_artwork_id(0)]
    )
    return made.batch_encoder("shop:80", coding=coding)(batch, 2, "Cookie: a=b\r\n")


def test_a_request_of_a_load() -> None:
    wire, size = sent(dialect())
    head, _, body = wire.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v2/u/load-7-00001/views?v=1 HTTP/1.1\r\nHost: shop:80\r\n")
    assert b"Cookie: a=b" in head
    assert b"X-Attempt: 2" in head
    assert json.loads(body) == {
        "views": [{"id": "h00c0ffee-100000"}],
        "batch": "b-1",
        "attempt": 2,
    }
    assert size == len(body)


def test_what_was_sent_is_found_again_packed_or_not() -> None:
    made = dialect()
    for coding in ("identity", "gzip"):
        body = sent(made, coding)[0].partition(b"\r\n\r\n")[2]
        assert made.ids_of(body) == ["h00c0ffee-100000"]
        fields = made.batch_fields(body)
        assert (fields.batch, fields.attempt) == ("b-1", 2)
    assert made.batch_fields(b"{}").batch is None
    assert unpacked(b"\x1f\x8bbroken") == b"\x1f\x8bbroken"
    assert unpacked(gzip.compress(b"x")) == b"x"


def test_a_coding_that_the_file_does_not_offer_is_refused() -> None:
    plain = BatchTable(path="/views", body={"ids": "{ids}"})
    with pytest.raises(UsageError, match="gzip"):
        dialect(plain).batch_encoder("shop:80", coding="gzip")


def test_a_system_that_takes_gzip_alone_is_sent_nothing_else() -> None:
    made = dialect(BatchTable(path="/views", body={"ids": "{ids}"}, gzip="only"))
    request = made.request("ann", [made.artwork_id(1)], batch="b", attempt=1)
    assert request.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(request.body)) == {"ids": made.ids_of(request.body)}
    for coding in ("identity", "gzip"):
        wire, size = sent(made, coding)
        assert b"\r\nContent-Encoding: gzip\r\n" in wire
        assert len(made.ids_of(wire[-size:])) == 1


def test_the_batch_path_is_known_with_any_marker() -> None:
    made = dialect()
    assert made.is_batch_path("/v2/u/someone/views")
    for other in ("/v2/u/views", "/u/x/views", "/v2/u/x/y/views", "/v2/u/x/views/"):
        assert not made.is_batch_path(other)


def test_a_value_of_a_path_is_quoted() -> None:
    made = dialect()
    request = made.request("load-7-00001", [], batch="a/b ?", attempt=1)
    assert request.path == "/v2/u/load-7-00001/views?v=1"
    by_batch = dialect(BatchTable(path="/b/{batch}", body={"ids": "{ids}"}))
    assert by_batch.request("u", [], batch="a/b ?", attempt=1).path == "/v2/b/a%2Fb%20%3F"


@pytest.mark.parametrize(
    ("batch", "most"),
    [
        (BATCH, MOST_IDS),
        (BatchTable(path="/v", body={"ids": "{ids}"}, most=7), 7),
        (BatchTable(path="/v", body={"id": "{id}"}), 1),
        (BatchTable(path="/v/{id}"), 1),
    ],
)
def test_how_many_ids_a_request_takes(batch: BatchTable, most: int) -> None:
    assert ids_at_most_of(dialect(batch)) == most


def test_silence_may_be_sent_again_unless_nothing_may() -> None:
    assert silence_of(dialect()).may_resend
    assert not silence_of(dataclasses.replace(dialect(), resends=False)).may_resend


SIGNED = SessionTable(
    headers={"Authorization": "Bearer {token}"},
    cookies={"csrf": "{csrf}"},
    sign_in=SignInTable(
        path="/login",
        body={"user": "{user}", "password": "pw"},
        captures={"token": "/data/token", "csrf": "header:X-Csrf"},
    ),
)


def test_a_sign_in_and_the_session_that_it_opens() -> None:
    made = dialect(session=SIGNED)
    request = made.sign_in("ann")
    assert request is not None
    assert (request.method, request.path) == ("POST", "/v2/login")
    assert json.loads(request.body) == {"user": "ann", "password": "pw"}
    head = b"HTTP/1.1 200 OK\r\nX-Csrf: c1\r\nSet-Cookie: sid=s1; Path=/\r\nSet-Cookie: x=2"
    session = made.session_of(Reply(200, b'{"data": {"token": "t1"}}', head))
    assert session.cookies == {"sid": "s1", "x": "2", "csrf": "c1"}
    assert session.headers["Authorization"] == "Bearer t1"
    assert session.headers["Cookie"] == "sid=s1; x=2; csrf=c1"
    packed = gzip.compress(b'{"data": {"token": "t1"}}')
    assert made.session_of(Reply(200, packed, head)).headers == session.headers


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401), "the sign-in answered 401"),
        (Reply(302), "the sign-in answered 302"),
        (Reply(200, b"{}"), "has no /data/token"),
        (Reply(200, b'{"data": {"token": "a\\r\\nb"}}'), "has no /data/token"),
        (Reply(200, b"<html>"), "has no /data/token"),
    ],
)
def test_a_sign_in_that_fails_says_what_is_missing(reply: Reply, words: str) -> None:
    with pytest.raises(TargetNotReady, match=words):
        dialect(session=SIGNED).session_of(reply)


def test_a_sign_in_may_be_answered_with_a_redirect_where_the_file_says_so() -> None:
    """A form's usual answer: 303 to the next page, and a cookie."""
    form = SessionTable(sign_in=SignInTable(path="/login", accepted=(303,)))
    head = b"HTTP/1.1 303 See Other\r\nLocation: /home\r\nSet-Cookie: sid=s1"
    made = dialect(session=form)
    assert made.session_of(Reply(303, b"", head)).cookies == {"sid": "s1"}
    with pytest.raises(TargetNotReady, match="answered 200"):
        made.session_of(Reply(200, b"<p>wrong password"))


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_signature_is_of_the_body_as_it_is_sent(coding: str) -> None:
    signature = SignatureTable(header="X-Signature", key="k", value="v1={signature}")
    wire, _ = sent(dialect(structs.replace(BATCH, signature=signature)), coding)
    head, _, body = wire.partition(b"\r\n\r\n")
    assert f"X-Signature: {signature_of(signature, body)}\r\n".encode() in head
    assert b"X-Signature: v1=" in head


def test_without_a_sign_in_everyone_has_the_file_s_session() -> None:
    made = dialect(session=SessionTable(headers={"X-User": "{user}"}))
    assert made.sign_in("ann") is None
    assert session_without_sign_in(made, "ann").headers == {"X-User": "ann"}


JEFE = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
"""RFC 4231, test case 2: HMAC-SHA-256 of the text below under the key ``Jefe``."""
TEXT = b"what do ya want for nothing?"


@pytest.mark.parametrize(
    ("table", "header"),
    [
        (SignatureTable(header="X-S", key="Jefe"), JEFE),
        (
            SignatureTable(header="X-S", key="Jefe", encoding="base64", value="v1={signature}"),
            f"v1={base64.b64encode(bytes.fromhex(JEFE)).decode()}",
        ),
        (
            # RFC 2202, test case 2
            SignatureTable(header="X-S", key="Jefe", algorithm="sha1"),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
        ),
    ],
)
def test_a_body_is_signed_as_the_standard_says(table: SignatureTable, header: str) -> None:
    assert signature_of(table, TEXT) == header


def test_the_example_of_a_webhook() -> None:
    """docs.github.com, "Validating webhook deliveries"."""
    table = SignatureTable(
        header="X-Hub-Signature-256", key="It's a Secret to Everybody", value="sha256={signature}"
    )
    expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signature_of(table, b"Hello, World!") == expected
