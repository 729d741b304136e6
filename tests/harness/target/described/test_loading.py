"""From a target file to a system: secrets, capabilities, promise, ids of a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.core.environment import TARGET_SECRETS_VARIABLE
from harness.core.errors import UsageError
from harness.target.capabilities import Capability, Promise
from harness.target.described.form import LocustTable
from harness.target.described.loading import described_system, secrets_named_in
from harness.target.dialect import authority_of
from harness.target.system import system_named
from tests.harness.certified import certified
from tests.harness.described_files import SECRETS, SMALL, written


@pytest.fixture(autouse=True)
def handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TARGET_SECRETS_VARIABLE, json.dumps(SECRETS))


def test_a_file_is_a_system_by_its_name(tmp_path: Path) -> None:
    system = system_named(f"file:{written(tmp_path)}#00c0ffee.7")
    assert system.promise is Promise.AT_LEAST_ONCE
    assert system.capabilities == {
        Capability.DATABASE,
        Capability.OWN_ROW,
        Capability.BATCH_IDENTITY,
    }
    assert system.name.endswith("#00c0ffee.7")
    assert system.described is not None
    assert system.described.base_url == "http://127.0.0.1:8080"
    assert system.described.truth.settle_s == 2
    assert system.dialect.artwork_id(1) == "h00c0ffee-000001"


def test_a_locustfile_beside_the_file_is_offered(tmp_path: Path) -> None:
    (tmp_path / "load.py").write_text("")
    path = written(tmp_path, f'{SMALL}\n[locust]\nfile = "load.py"\nusers = 3\n')
    system = described_system(f"file:{path}")
    assert Capability.LOCUSTFILE in system.capabilities
    assert system.described is not None
    assert system.described.locust == LocustTable(file="load.py", users=3, lasts_s=30.0)


def test_secrets_are_put_in_and_can_be_masked(tmp_path: Path) -> None:
    path = written(tmp_path)
    system = described_system(f"file:{path}")
    assert system.described is not None
    assert system.described.secrets == SECRETS
    http = system.described.truth.http
    assert http is not None
    assert http.headers == {"X-Api-Key": "k3y-of-the-shop"}
    assert system.described.masked("a t0ken-of-the-shop b") == "a *** b"
    assert secrets_named_in(path) == SECRETS
    assert secrets_named_in(tmp_path / "none.toml") == {}


def test_a_secret_that_is_not_set_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TARGET_SECRETS_VARIABLE)
    with pytest.raises(UsageError) as caught:
        described_system(f"file:{written(tmp_path)}")
    line = caught.value.line
    assert "shop.toml:11: [session] headers needs the environment variable SHOP_TOKEN" in line


def test_what_a_file_leaves_out_is_not_offered(tmp_path: Path) -> None:
    text = SMALL[: SMALL.index("[truth]")]
    text = text.replace(', attempt = "{attempt}"', "")
    assert described_system(f"file:{written(tmp_path, text)}").capabilities == frozenset()


def test_a_file_without_a_batch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"lacks \[batch\]"):
        described_system(f"file:{written(tmp_path, 'format = 1')}")


def test_a_private_authority_is_read_beside_the_file(tmp_path: Path) -> None:
    https = ("http://127.0.0.1:8080", "https://127.0.0.1:8443")
    named = ('name = "shop"', 'name = "shop"\nca = "ca.pem"')
    path = written(tmp_path, SMALL, https, named)
    with pytest.raises(UsageError, match=r"shop.toml:3: ca ca.pem holds no certificate"):
        system_named(f"file:{path}")
    certified(tmp_path)
    found = system_named(f"file:{path}")
    assert authority_of(found.dialect) == str(tmp_path / "ca.pem")
    with pytest.raises(UsageError, match="ca is for a base_url that begins with https"):
        system_named(f"file:{written(tmp_path, SMALL, named)}")
