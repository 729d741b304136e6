"""Which requests are looked at: an HTTP that the server speaks, and a Host that is its own."""

from __future__ import annotations

import pytest
from aiohttp.http import HttpVersion
from multidict import CIMultiDict, CIMultiDictProxy

from servers.ingest.admission.requests import Admission
from servers.ingest.refusal import Refusal

OURS = Admission(["harness.lan", "Upper.Case."])


def refused(*headers: tuple[str, str], version: tuple[int, int] = (1, 1)) -> int:
    """Return the status of the refusal, 0 where the request is admitted."""
    try:
        OURS.check(HttpVersion(*version), CIMultiDictProxy(CIMultiDict(headers)))
    except Refusal as refusal:
        return refusal.status
    return 0


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:8080",
        "192.168.1.20:1",
        "[::1]",
        "[::1]:8080",
        "localhost",
        "LocalHost:9",
        "phone.localhost",
        "harness.lan",
        "HARNESS.lan:80",
        "harness.lan.",
        "upper.case",
    ],
)
def test_an_address_localhost_and_its_own_names_are_admitted(host: str) -> None:
    assert refused(("Host", host)) == 0


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "notlocalhost",
        "",
        ":80",
        "127.0.0.1:80:80",
        "127.0.0.1:http",
        "127.0.0.1:999999",
        "[::1",
        "[::1]x",
        "[evil.example]",
        "[]",
        "user@127.0.0.1",
        "127.0.0.1/",
        "127.1",
        "evil.example\udcff",
        "harness.lan" * 40,
    ],
)
def test_any_other_host_is_refused(host: str) -> None:
    assert refused(("Host", host)) == 421


def test_one_host_is_needed_and_only_one() -> None:
    host = ("Host", "127.0.0.1")
    assert refused() == 400
    assert refused(host, host) == 400
    assert refused(version=(1, 0)) == 0
    assert refused(("Host", "evil.example"), version=(1, 0)) == 421


@pytest.mark.parametrize("version", [(0, 9), (1, 2), (2, 0), (3, 0)])
def test_an_http_that_it_does_not_speak_is_refused(version: tuple[int, int]) -> None:
    assert refused(("Host", "127.0.0.1"), version=version) == 505


@pytest.mark.parametrize(
    ("codings", "status"),
    [
        (["chunked"], 0),
        (["Chunked"], 0),
        (["gzip, chunked"], 501),
        (["gzip", "chunked"], 501),
        (["identity"], 501),
        (["chunked, chunked"], 501),
        ([""], 501),
    ],
)
def test_a_body_in_another_transfer_coding_is_refused(codings: list[str], status: int) -> None:
    headers = [("Transfer-Encoding", coding) for coding in codings]
    assert refused(("Host", "127.0.0.1"), *headers) == status
