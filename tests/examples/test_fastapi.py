"""The API in FastAPI is under test through its target file alone, with ids that are UUIDs."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import pytest

from tests.examples.tried import EXAMPLES, check, copied, prepared, verdict

SECRETS = {
    name: secrets.token_hex(16) for name in ("VIEWS_SECRET", "VIEWS_PASSWORD", "VIEWS_ADMIN_KEY")
}

pytestmark = [
    pytest.mark.stack,
    pytest.mark.slow,
    pytest.mark.slowest,
    pytest.mark.xdist_group("fastapi"),  # built once
]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copied("fastapi", tmp_path_factory.mktemp("fastapi"))
    prepared([sys.executable, "-m", "venv", ".venv"], folder)
    pip = [".venv/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    prepared([*pip, "--require-hashes", "-r", "requirements.lock"], folder)
    return folder


def test_every_part_of_its_file_works(api: Path) -> None:
    code, words = check(api / "target.toml", env=SECRETS)
    assert code == 0, words
    assert '201 {"taken":2} is read as: accepted' in words
    assert not any(secret in words for secret in SECRETS.values())


def test_it_keeps_what_it_acknowledged_when_it_is_killed(api: Path, tmp_path: Path) -> None:
    found = verdict("killed_server", api / "target.toml", tmp_path, env=SECRETS)
    assert (found.code, found.cell["verdict"]) == (0, "pass"), found.cell["reason"]
    assert found.finding("nothing_lost")["verdict"] == "pass"


def test_its_lock_holds_every_package_by_hash_and_names_no_index() -> None:
    lock = (EXAMPLES / "fastapi" / "requirements.lock").read_text()
    wanted = (EXAMPLES / "fastapi" / "requirements.in").read_text().split()
    assert all(f"{one} \\\n    --hash=sha256:" in lock for one in wanted)
    assert "://" not in lock
