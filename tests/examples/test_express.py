"""The gallery in Express is under test through its target file alone, read by a role that may only
SELECT; the one whose table has no key is found by the right name."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from harness.setup import find_chromium
from servers.topology.postgres import Postgres
from tests.examples.tried import EXAMPLES, check, copied, prepared, program, verdict

pytestmark = [
    pytest.mark.stack,
    pytest.mark.slow,
    pytest.mark.slowest,
    pytest.mark.xdist_group("express"),  # built once
]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program("node", "examples/express")
    npm = program("npm", "examples/express")
    folder = copied("express", tmp_path_factory.mktemp("express"))
    prepared([npm, "ci", "--no-audit", "--no-fund"], folder)
    return folder


@pytest.fixture(scope="module")
def env(postgres: Postgres) -> Mapping[str, str]:
    """The gallery's variables: a database of its own, and a role that may only SELECT."""
    words = {role: secrets.token_hex(16) for role in ("gallery_app", "gallery_reader")}
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        for role, password in words.items():
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(password)
                )
            )
        connection.execute("CREATE DATABASE gallery OWNER gallery_app")
    with psycopg.connect(postgres.dsn("gallery"), autocommit=True) as connection:
        connection.execute(
            "ALTER DEFAULT PRIVILEGES FOR ROLE gallery_app GRANT SELECT ON TABLES TO gallery_reader"
        )
    urls = {
        role: f"postgresql://{role}:{password}@127.0.0.1:{postgres.port}/gallery"
        for role, password in words.items()
    }
    return {
        "GALLERY_DATABASE_URL": urls["gallery_app"],
        "GALLERY_READER_URL": urls["gallery_reader"],
        "GALLERY_SESSION_SECRET": secrets.token_hex(16),
    }


@pytest.mark.browser
def test_every_part_of_its_file_works(gallery: Path, env: Mapping[str, str]) -> None:
    code, words = check(gallery / "target.toml", env=env)
    assert code == 0, words
    assert '200 {"inserted":0,"duplicate":2} is read as: accepted' in words
    assert "2 views are there" in words
    if find_chromium() is None:
        return
    assert "works  [page]: chromium looked at" in words
    telemetry = re.search(r"works  \[telemetry\]: pending returns \[.*\]; (.*)", words)
    assert telemetry
    assert telemetry[1] == "owner returns 'visitor-1', signed in is 'visitor-1'"


def test_what_comes_again_is_stored_once(
    gallery: Path, env: Mapping[str, str], tmp_path: Path
) -> None:
    found = verdict("lost_answers", gallery / "target.toml", tmp_path, env=env)
    assert (found.code, found.cell["verdict"]) == (0, "pass"), found.cell["reason"]
    assert found.finding("nothing_twice")["verdict"] == "pass"


def test_without_a_key_what_comes_again_is_stored_twice(
    gallery: Path, env: Mapping[str, str], tmp_path: Path
) -> None:
    found = verdict("lost_answers", gallery / "no-key.toml", tmp_path, env=env)
    assert (found.code, found.cell["verdict"]) == (1, "fail"), found.cell["reason"]
    assert found.cell["fates"].get("duplicate_stored", 0) > 0
    assert found.finding("nothing_twice")["verdict"] == "fail"


def test_its_lock_holds_every_package_by_hash_and_names_no_registry() -> None:
    text = (EXAMPLES / "express" / "package-lock.json").read_text()
    assert "://" not in text, "nor any other address: npm adds those of funding"
    lock = json.loads(text)
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert len(packages) > 2
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
    assert not [name for name, one in packages.items() if "resolved" in one]


@pytest.mark.browser
def test_its_page_is_looked_at_and_nothing_is_lost(
    gallery: Path, env: Mapping[str, str], tmp_path: Path
) -> None:
    options = ("--browser", "chromium")
    found = verdict("pagehide_on_close", gallery / "target.toml", tmp_path, *options, env=env)
    assert (found.code, found.cell["verdict"]) == (0, "pass"), found.cell["reason"]
    assert found.finding("views_as_planned")["verdict"] == "pass"
    assert found.finding("nothing_lost")["verdict"] == "pass"
    assert found.finding("views_arrived")["verdict"] == "pass"
    assert set(found.cell["fates"]) == {"recorded_once"}, "the relay heard each answer"
    asked = {one["check"] for one in found.cell["findings"]}
    assert "went_over" not in asked, "which transport a page of its own uses is its own affair"


@pytest.mark.browser
def test_a_page_whose_recorder_ignores_us_is_not_accused(
    gallery: Path, env: Mapping[str, str], tmp_path: Path
) -> None:
    file = gallery / "ignored.toml"
    text = (gallery / "target.toml").read_text()
    file.write_text(text.replace("scroll = \"[data-artwork='{id}']\"", 'script = "() => {}"'))
    found = verdict("first_visit", file, tmp_path, "--browser", "chromium", env=env)
    assert (found.code, found.cell["verdict"]) == (3, "unknown")
    assert "[page] /gallery records nothing" in found.cell["reason"]
