"""Who is let in: an admin from a page of this site, and no other, at any part."""

from __future__ import annotations

import time
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from servers.ingest.admin.access import ROLE, Access, AdminPart
from servers.ingest.http.session import COOKIE, Signer
from servers.ingest.refusal import Refusal

SIGNER = Signer(b"key")
ACCESS = Access(SIGNER, "a secret of sixteen or more", 100.0)


def request(
    value: str | None, *, query: str = "", headers: dict[str, str] | None = None
) -> web.Request:
    found = {"Host": "site", **({} if value is None else {"Cookie": f"{COOKIE}={value}"})}
    made: Any = make_mocked_request("GET", f"/admin/impressions{query}", found | (headers or {}))
    return cast(web.Request, made)


def refused(asked: web.Request, part: AdminPart = AdminPart.FIGURES, by: Access = ACCESS) -> str:
    with pytest.raises(Refusal) as caught:
        by.admit(asked, part)
    return caught.value.code


def admin(**claim: Any) -> str:
    return SIGNER.sign("boss", role=ROLE, **claim)


@pytest.mark.parametrize("part", [one for one in AdminPart if one is not AdminPart.FEED])
def test_an_admin_is_let_in_and_no_other_is(part: AdminPart) -> None:
    assert ACCESS.admit(request(admin()), part).user == "boss"
    assert refused(request(None), part) == "not_signed_in"
    assert refused(request(SIGNER.sign("ann")), part) == "not_admin"
    assert refused(request(SIGNER.sign("ann", tier="admin")), part) == "not_admin"
    assert refused(request(admin()[:-2] + "xx"), part) == "not_signed_in"
    assert refused(request(Signer(b"another").sign("boss", role=ROLE)), part) == "not_signed_in"


def test_the_role_ends_before_the_session() -> None:
    old = admin(at_s=int(time.time()) - 101)
    assert SIGNER.read(old) == "boss"
    assert refused(request(old)) == "admin_expired"


def test_no_header_and_no_query_makes_an_admin() -> None:
    ann = SIGNER.sign("ann")
    claims = {"X-Admin": "true", "X-Role": ROLE, "X-Forwarded-User": "boss"}
    claims |= {"Authorization": "Bearer a secret of sixteen or more"}
    asked = request(ann, query="?role=admin&admin=1", headers=claims)
    assert refused(asked) == "not_admin"


def test_without_a_secret_there_is_no_admin() -> None:
    closed = Access(SIGNER, "", 100.0)
    assert refused(request(admin()), by=closed) == "not_admin"
    assert not closed.is_secret("")
    assert ACCESS.is_secret("a secret of sixteen or more")
    assert not ACCESS.is_secret("a secret of sixteen or more ")
    assert not ACCESS.is_secret("\udc80")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere"},
        {"Origin": "null"},
        {"Origin": "http://site:81"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_pages_of_other_sites_are_turned_away_although_the_cookie_came(
    headers: dict[str, str],
) -> None:
    assert refused(request(admin(), headers=headers)) == "origin_foreign"


def test_a_feed_needs_an_origin_and_the_page_may_be_linked_to() -> None:
    assert refused(request(admin()), AdminPart.FEED) == "origin_missing"
    own = request(admin(), headers={"Origin": "http://site"})
    assert not ACCESS.admit(own, AdminPart.FEED).is_over
    linked = request(admin(), headers={"Sec-Fetch-Site": "cross-site"})
    assert ACCESS.admit(linked, AdminPart.PAGE).user == "boss"
