"""What opens a dashboard: made for each run, and only where the server has one."""

from __future__ import annotations

from harness.compose.targets.admin import admin_environment, keys_of
from servers.ingest.admin.access import SECRET_CHARACTERS
from servers.ingest.http.session import Signer


def test_a_server_without_the_dashboard_gets_no_secret() -> None:
    assert admin_environment(("--improvement", "product")) == {}
    assert keys_of({}) is None


def test_each_run_has_secrets_of_its_own_that_no_text_shows() -> None:
    one, two = (admin_environment(("--improvement", "admin")) for _ in range(2))
    assert not {*one.values()} & {*two.values()}
    keys = keys_of(one)
    assert keys is not None
    assert len(keys.secret) >= SECRET_CHARACTERS
    assert keys.secret not in repr(keys)
    claim = Signer(one["INGEST_SESSION_SECRET"].encode()).claim(keys.expired_session)
    assert claim is not None
    assert (claim.user, claim.role) == ("boss", "admin")
