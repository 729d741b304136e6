"""The files of a page are changed while a fault is held; no client caches a changed page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from harness.core.errors import UsageError
from harness.faults.base import held
from harness.faults.request.answers import Answers
from harness.faults.request.pages import Headers, Injects, Serves
from harness.target.reference.dialect import BATCH_PATH
from tests.harness.faults.request.wire import (
    OK,
    STORED,
    Bench,
    batch,
    benched,
    get,
    header,
    visiting,
)

pytestmark = pytest.mark.asyncio

PAGE = b"<!doctype html>\n<html lang=en><head><title>x</title></head></html>"
POLICY = "script-src 'self'"


def page(body: bytes, *more: str, kind: str = "text/html") -> bytes:
    lines = [f"HTTP/1.1 200 OK\r\nContent-Type: {kind}", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with benched(tmp_path) as bench:
        bench.target.answers["/display"] = page(PAGE, 'ETag: "1"', "Last-Modified: then")
        yield bench


async def opened(bench: Bench, path: str = "/display", **headers: str) -> tuple[bytes, bytes]:
    """Ask as a browser does that navigates, on a new connection."""
    async with visiting(bench.gateway) as visitor:
        return await visitor.ask(get(path, Accept="text/html,*/*;q=0.8", **headers))


async def test_headers_are_added_to_one_path_while_held(bench: Bench) -> None:
    before = await opened(bench)
    async with held(
        Headers(bench.gateway, "/display", {"Content-Security-Policy": POLICY}), bench.network
    ):
        head, body = await opened(bench, "/display?preset=durable")
        other, _ = await opened(bench, "/other")
    assert header(head, "Content-Security-Policy") == POLICY
    assert (header(other, "Content-Security-Policy"), body) == (None, PAGE)
    assert await opened(bench) == before
    assert [row["detail"]["path"] for row in bench.rows("changed")] == ["/display"]


async def test_a_header_takes_the_place_of_the_targets_own(bench: Bench) -> None:
    async with held(Headers(bench.gateway, "/display", {"content-TYPE": "a/b"}), bench.network):
        head, _ = await opened(bench)
    assert head.lower().count(b"content-type") == 1
    assert header(head, "Content-Type") == "a/b"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<!doctype html>\n<html><head><title>", b"<!doctype html>\n<html><head>HERE<title>"),
        (b'<HEAD class="a"><meta>', b'<HEAD class="a">HERE<meta>'),
        (b"<!doctype html><html lang=de><header>", b"<!doctype html><html lang=de>HERE<header>"),
        (b"<!doctype html><p>x", b"<!doctype html>HERE<p>x"),
        (b"<p>x", b"HERE<p>x"),
    ],
)
async def test_the_script_is_the_first_that_runs(bench: Bench, before: bytes, after: bytes) -> None:
    bench.target.answers["/display"] = page(before)
    async with held(Injects(bench.gateway, "let a = '<b>';"), bench.network):
        head, body = await opened(bench)
    assert body == after.replace(b"HERE", b"<script>let a = '<b>';</script>")
    assert header(head, "Content-Length") == str(len(body))
    assert header(head, "Content-Type") == "text/html; charset=utf-8"


async def test_only_pages_get_the_script_and_nothing_is_left(bench: Bench) -> None:
    bench.target.answers["/x.js"] = page(b"<head>", kind="text/javascript")
    before = await opened(bench)
    async with held(Injects(bench.gateway, "1"), bench.network):
        assert (await opened(bench, "/x.js"))[1] == b"<head>"
        async with visiting(bench.gateway) as visitor:
            assert (await visitor.ask(get("/display", Accept="*/*")))[1] == PAGE
            assert (await visitor.ask(batch()))[1] == STORED
        assert bench.rows("changed") == []
        assert (await opened(bench))[1] != PAGE
    assert await opened(bench) == before
    assert len(bench.rows("changed")) == 1


async def test_no_changed_page_is_kept_and_no_kept_page_is_used(bench: Bench) -> None:
    async with held(Injects(bench.gateway, "1"), bench.network):
        head, _ = await opened(bench, If_None_Match='"1"', Accept_Encoding="gzip")
    assert (header(head, "ETag"), header(head, "Last-Modified")) == (None, None)
    assert header(bench.target.heads[-1], "If-None-Match") is None
    assert header(bench.target.heads[-1], "Accept-Encoding") is None


async def test_the_row_says_when_a_policy_may_forbid_the_script(bench: Bench) -> None:
    policy = Headers(bench.gateway, "/display", {"Content-Security-Policy": POLICY})
    async with (
        held(policy, bench.network),
        held(Injects(bench.gateway, "1"), bench.network),
    ):
        head, body = await opened(bench)
    assert header(head, "Content-Security-Policy") == POLICY
    assert b"<script>1</script>" in body
    assert "policy" in bench.rows("changed")[-1]["detail"]["did"]


async def test_a_file_more_is_served_at_the_origin(bench: Bench) -> None:
    async with held(
        Serves(bench.gateway, "/sw.js", "text/javascript", "self.ü = 1"), bench.network
    ):
        head, body = await opened(bench, "/sw.js?v=1")
        assert bench.target.heads == []
    assert body.decode() == "self.ü = 1"
    assert header(head, "Content-Type") == "text/javascript"
    assert (await opened(bench, "/sw.js"))[0] + STORED == OK


async def test_a_change_is_no_fault_and_excuses_no_wait(bench: Bench) -> None:
    async with held(Serves(bench.gateway, "/sw.js", "text/javascript", ""), bench.network):
        await opened(bench, "/sw.js")
    assert bench.kinds() == [
        "change_injecting",
        "change_start",
        "sentinel_armed",
        "changed",
        "sentinel_bitten",
        "change_end",
    ]


async def test_changes_act_around_the_fault_that_decides(bench: Bench) -> None:
    async with (
        held(Headers(bench.gateway, BATCH_PATH, {"X-A": "b"}), bench.network),
        held(Answers(bench.gateway, 500), bench.network),
        visiting(bench.gateway) as visitor,
    ):
        head, _ = await visitor.ask(batch())
    assert head.startswith(b"HTTP/1.1 500")
    assert header(head, "X-A") == "b"


async def test_a_script_that_would_end_its_own_tag_is_refused(bench: Bench) -> None:
    with pytest.raises(UsageError, match="must not hold"):
        Injects(bench.gateway, "document.write('</SCRIPT>')")
