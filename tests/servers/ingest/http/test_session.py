"""Signing in, and who is believed."""

from __future__ import annotations

import time

import pytest

from servers.ingest.http.session import COOKIE, LIFETIME_S, Signer
from tests.servers.ingest.site import make_config, running, visitor


def test_a_signed_user_reads_back() -> None:
    signer = Signer(b"secret")
    for user in ("ann", "Zoë.…", "a.b.c", "x" * 512):
        assert signer.read(signer.sign(user)) == user


def test_the_tier_is_signed_with_the_user() -> None:
    signer = Signer(b"secret")
    plain, free = signer.sign("a.b", at_s=7), signer.sign("a.b", at_s=7, tier="free")
    assert signer.claim(plain) == ("a.b", 7, None, None)
    assert signer.claim(free) == ("a.b", 7, "free", None)
    assert signer.claim(free.replace(".free.", ".pro.")) is None
    assert signer.claim(free.replace(".free.", ".")) is None
    assert signer.read(signer.sign("ann", tier="pro")) == "ann"


def test_the_role_is_signed_with_the_user_and_is_no_tier() -> None:
    signer = Signer(b"secret")
    admin, both = signer.sign("a", at_s=7, role="admin"), signer.sign("a", tier="t", role="admin")
    assert signer.claim(admin) == ("a", 7, None, "admin")
    claim = signer.claim(both)
    assert claim is not None
    assert (claim.tier, claim.role) == ("t", "admin")
    plain = signer.sign("a", at_s=7)
    name, issued, mac = plain.split(".")
    for forged in (f"{name}.{issued}..admin.{mac}", admin.replace(".admin.", ".")):
        assert signer.claim(forged) is None
    claim = signer.claim(signer.sign("a", tier="admin"))
    assert claim is not None
    assert claim.role is None
    for wrong in ({"tier": "t.admin"}, {"role": "x.y"}):
        with pytest.raises(ValueError, match="dot"):
            signer.sign("a", **wrong)


def test_a_restarted_server_with_the_same_secret_knows_its_users() -> None:
    assert Signer(b"secret").read(Signer(b"secret").sign("ann")) == "ann"


def test_another_secret_is_another_server() -> None:
    assert Signer(b"secret").read(Signer(b"other").sign("ann")) is None


@pytest.mark.parametrize("where", [0, 3, 10, -1])
def test_a_changed_cookie_signs_no_user_in(where: int) -> None:
    signer = Signer(b"secret")
    value = signer.sign("ann")
    changed = list(value)
    changed[where] = "A" if changed[where] != "A" else "B"
    assert signer.read("".join(changed)) is None


@pytest.mark.parametrize("value", ["", ".", "..", "ann", "YW5u.1.", "é.1.é"])
def test_rubbish_signs_no_user_in(value: str) -> None:
    assert Signer(b"secret").read(value) is None


def test_a_session_ends() -> None:
    signer = Signer(b"secret")
    now_s = int(time.time())
    assert signer.read(signer.sign("ann", at_s=now_s - LIFETIME_S + 60)) == "ann"
    assert signer.read(signer.sign("ann", at_s=now_s - LIFETIME_S - 1)) is None


@pytest.mark.stack
@pytest.mark.asyncio
async def test_signing_in_sets_a_cookie_that_scripts_cannot_read(database: str) -> None:
    async with running(make_config(database)) as site, visitor(site.url, None) as ann:
        before = await ann.get("/api/session")
        answer = await ann.post({"userId": "ann"}, path="/api/session")
        after = await ann.get("/api/session")
    assert before.status == 401
    assert answer.status == 204
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert (after.status, after.body) == (200, {"userId": "ann"})


@pytest.mark.stack
@pytest.mark.asyncio
@pytest.mark.parametrize("user", ["", "a\x00", "x" * 513, 1, None])
async def test_a_user_id_follows_the_rule_of_ids(database: str, user: object) -> None:
    async with running(make_config(database)) as site, visitor(site.url, None) as ann:
        answer = await ann.post({"userId": user}, path="/api/session")
    assert answer.status == 400
