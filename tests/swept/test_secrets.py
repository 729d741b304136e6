"""What may open a database or a browser is nowhere but where it was written by its owner."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from harness.core.wait import block_until, wait_until
from harness.process.processes import Processes
from harness.setup import find_chromium
from servers.topology.postgres import OWNER, SERVER_ROLE, Postgres
from tests import ROOT
from tests.swept.sweep import in_arguments, swept

pytestmark = [pytest.mark.stack, pytest.mark.slow]
TIMEOUT_S = 240.0


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    with Processes() as processes:
        postgres = Postgres(processes, wait_until, tmp_path / "postgres")
        asyncio.run(postgres.start())
        yield postgres


def test_our_postgresql_admits_no_other_user_and_the_server_may_run_no_program(
    postgres: Postgres,
) -> None:
    for role in (OWNER, SERVER_ROLE):
        stranger = make_conninfo(postgres.dsn(role=role), passfile="/dev/null")
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(stranger)
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(make_conninfo(stranger, password="postgres"))
    with psycopg.connect(postgres.dsn(role=SERVER_ROLE), autocommit=True) as connection:
        for statement in (
            "COPY (SELECT 1) TO PROGRAM 'true'",
            "CREATE ROLE more",
            "SELECT pg_read_file('PG_VERSION')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


@pytest.mark.slowest
@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="Chromium is missing; `harness setup` helps")
def test_no_secret_is_printed_stored_or_in_the_arguments_of_a_process(
    postgres: Postgres, tmp_path: Path
) -> None:
    """A visit that fails, for its evidence, and one in a browser that is not there."""
    tokens = [secrets.token_hex(8) for _ in range(6)]
    first, second, third, fourth, fifth, sixth = tokens
    password = f"{first} @:/?'{second}"
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        role = sql.SQL("CREATE ROLE visitor LOGIN CREATEDB PASSWORD {}")
        connection.execute(role.format(sql.Literal(password)))
    database = make_conninfo(
        f"host=127.0.0.1 port={postgres.port} user=visitor dbname=postgres",
        password=password,
        sslpassword=third,
        sslmode="disable",
    )
    out = tmp_path / "out"
    argv = [sys.executable, "-m", "harness", "run", "first_visit", "--browser", "chromium"]
    argv += ["--connect", f"cdp+http://qa:{fourth}@127.0.0.1:9/{sixth}/?token={fifth}"]
    argv += ["--arm", "defect=no_insert", "--preset", "durable"]
    argv += ["--database", database, "--out", str(out)]
    output = tmp_path / "output"
    seen: set[str] = set()
    with (
        output.open("wb") as sink,
        subprocess.Popen(argv, cwd=ROOT, stdout=sink, stderr=subprocess.STDOUT) as run,
    ):

        def ended() -> bool:
            seen.update(in_arguments(tokens, but=run.pid))
            return run.poll() is not None

        try:
            block_until("the run has ended", ended, timeout_s=TIMEOUT_S, interval_s=0.2)
        finally:
            run.kill()
    verdict = json.loads((out / "latest" / "verdict.json").read_text())
    words = output.read_text()
    assert sorted(cell["verdict"] for cell in verdict["cells"]) == ["fail", "unknown"], words
    assert list(out.rglob("*.zip")), "no trace was looked at"
    assert not seen
    assert swept(tmp_path, tokens) == []
