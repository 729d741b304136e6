"""No body, however strange, is answered with a 5xx, and no answer lies about what was stored."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from servers.ingest.batch import Batch, check_batch, parse_batch
from servers.ingest.config import Limits
from servers.ingest.refusal import Refusal
from tests.servers.ingest.site import Visitor, make_config, rows, running, visitor

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT
ANY_JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner), max_leaves=10
)
NEARLY_A_BATCH = st.fixed_dictionaries(
    {"artworkIds": st.lists(ANY_TEXT, max_size=8) | ANY_JSON},
    optional=dict.fromkeys(
        (
            "batchId",
            "tabId",
            "seq",
            "attempt",
            "transport",
            "subject",
            "counters",
            "experiments",
            "x",
        ),
        ANY_TEXT | ANY_JSON,
    ),
)
A_BATCH = st.fixed_dictionaries(
    {"artworkIds": st.lists(st.text("abcé", min_size=1, max_size=3), min_size=1, max_size=8)}
)
BODY = st.one_of(
    A_BATCH.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=200),
    ANY_JSON.map(lambda value: json.dumps(value).encode()),
    NEARLY_A_BATCH.map(lambda value: json.dumps(value).encode()),
    NEARLY_A_BATCH.map(
        lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    ),
)


def fine(text: str) -> bool:
    """The rule of ids, written once more and differently."""
    control = any(ord(character) < 32 or 127 <= ord(character) < 160 for character in text)
    surrogate = any(0xD800 <= ord(character) <= 0xDFFF for character in text)
    return bool(text) and not control and not surrogate and len(text.encode()) <= 512


def refusal_of(call: Callable[[], object]) -> Refusal | None:
    try:
        call()
    except Refusal as refusal:
        return refusal
    return None


@given(st.lists(ANY_TEXT | st.text("aé", min_size=250, max_size=520), min_size=1, max_size=6))
def test_an_id_passes_if_and_only_if_it_may(ids: list[str]) -> None:
    refusal = refusal_of(lambda: check_batch(Batch(artwork_ids=ids), Limits()))
    allowed = [fine(text) for text in ids]
    if refusal is None:
        assert all(allowed)
    else:
        assert (refusal.status, refusal.item) == (400, allowed.index(False))


@given(BODY)
def test_a_body_is_a_batch_or_a_400(body: bytes) -> None:
    refusal = refusal_of(lambda: parse_batch(body))
    if refusal is None:
        assert parse_batch(body).artwork_ids == json.loads(body)["artworkIds"]
    else:
        assert refusal.status == 400
        assert refusal.message


@pytest.mark.stack
def test_no_body_is_answered_with_a_5xx(database: str) -> None:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def begin() -> Visitor:
            site = await stack.enter_async_context(running(make_config(database)))
            return await stack.enter_async_context(visitor(site.url))

        ann = runner.run(begin())
        stored: set[str] = set()

        @settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @example(body=b'{"artworkIds": ["a", "a"]}', kind="application/json", coding="squeezed")
        @given(
            body=BODY,
            kind=st.sampled_from(["application/json", "text/plain", "text/html", ""]),
            coding=st.sampled_from(["", "gzip", "squeezed", "br"]),
        )
        def every_body(body: bytes, kind: str, coding: str) -> None:
            headers = {"Content-Type": kind, "Origin": ann.url}
            if coding:
                headers["Content-Encoding"] = "gzip" if coding == "squeezed" else coding
            sent = gzip.compress(body) if coding == "squeezed" else body
            answer = runner.run(ann.post(sent, headers=headers))
            assert answer.status < 500, answer.body
            if answer.status == 200:
                ids = json.loads(body)["artworkIds"]
                fresh = set(ids) - stored
                stored.update(ids)
                assert answer.body == {
                    "received": len(ids),
                    "inserted": len(fresh),
                    "duplicate": len(ids) - len(fresh),
                }
            else:
                assert answer.body["message"]

        try:
            every_body()
            assert {artwork for _, artwork in rows(database)} == stored
            assert len(stored) > 1, "hardly a body was accepted: the strategy has become useless"
        finally:
            runner.run(stack.aclose())
