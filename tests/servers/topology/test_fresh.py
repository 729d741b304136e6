"""What somebody's PostgreSQL cannot do for a run is found before it, and what can be set is set."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from harness.core.wait import block_until
from servers.topology import fresh
from servers.topology.fresh import drop_database, make_database, obstacle, session
from servers.topology.postgres import SYSTEM_USER, Postgres, free_port
from tests.servers.spawner import TestSpawner

pytestmark = pytest.mark.stack
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


@pytest.fixture
def role(postgres: Postgres) -> Iterator[tuple[str, psycopg.Connection]]:
    """Return a connection string of a new role, and a superuser's connection."""
    name, password = f"role_{secrets.token_hex(4)}", secrets.token_hex(8)
    with psycopg.connect(postgres.dsn(), autocommit=True) as owner:
        owner.execute(
            sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(
                sql.Identifier(name), sql.Literal(password)
            )
        )
        plain = make_conninfo(postgres.dsn(), user=name, password=password)
        yield plain, owner
        owner.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def databases(owner: psycopg.Connection) -> set[str]:
    return {str(name) for (name,) in owner.execute("SELECT datname FROM pg_database")}


def test_a_role_that_may_make_a_database_can_be_used_whatever_it_has_set_for_itself(
    role: tuple[str, psycopg.Connection],
) -> None:
    url, owner = role
    user = sql.Identifier(psycopg.conninfo.conninfo_to_dict(url)["user"])
    for setting, value in (
        ("datestyle", "SQL, DMY"),
        ("timezone", "Asia/Kathmandu"),
        ("search_path", "nowhere"),
        ("default_transaction_read_only", "on"),
        ("client_encoding", "LATIN1"),
        ("statement_timeout", "1ms"),
    ):
        alter = sql.SQL("ALTER ROLE {} SET {} TO {}").format(user, sql.Identifier(setting), value)
        owner.execute(alter)
    before = databases(owner)
    assert obstacle(url) is None
    assert databases(owner) == before
    with session(url) as connection:
        make_database(connection, "fresh_for_role")
    with psycopg.connect(make_conninfo(url, dbname="fresh_for_role")) as plain:
        for setting, value in fresh.SETTINGS.items():
            [(found,)] = plain.execute(f"SHOW {setting}".encode()).fetchall()
            assert found == value, setting
        plain.execute("CREATE TABLE seen (n int)")
    with session(url) as connection:
        drop_database(connection, "fresh_for_role")


@pytest.mark.parametrize(
    ("statement", "reason", "hint"),
    [
        ("ALTER ROLE {} NOCREATEDB", "may not create a database", "ALTER ROLE {} CREATEDB"),
        ("ALTER ROLE {} CONNECTION LIMIT 5", "too many connections for role", "raise the limit"),
        ("ALTER ROLE {} NOLOGIN", "not permitted to log in", "Is it up"),
    ],
)
def test_what_a_role_lacks_is_one_line_with_what_grants_it(
    role: tuple[str, psycopg.Connection], statement: str, reason: str, hint: str
) -> None:
    url, owner = role
    user = psycopg.conninfo.conninfo_to_dict(url)["user"]
    before = databases(owner)
    owner.execute(sql.SQL(statement).format(sql.Identifier(user)))
    found = obstacle(url)
    assert found is not None
    assert reason in found.reason
    assert "\n" not in found.reason
    assert hint.format(f'"{user}"') in found.hint
    assert databases(owner) == before


def test_a_server_that_is_not_there_is_one_line() -> None:
    found = obstacle("host=127.0.0.1 port=1")
    assert found is not None
    assert "refused" in found.reason


@pytest.mark.parametrize(
    ("sessions", "is_shared"), [([7, 8, 7], False), ([7, 7, 8], True), ([7, 8, 9], True)]
)
def test_a_pooler_that_lends_sessions_by_the_transaction_is_noticed(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, sessions: list[int], is_shared: bool
) -> None:
    """Which session the first client has, then the second in a transaction, the first again."""
    numbers = iter(sessions)
    monkeypatch.setattr(fresh, "_session_of", lambda connection: next(numbers))
    found = obstacle(postgres.dsn())
    assert (found is not None) == is_shared
    assert found is None or "pool_mode = session" in found.hint


def test_a_session_begins_without_its_role_s_time_limit_and_keeps_the_url_s_options(
    role: tuple[str, psycopg.Connection],
) -> None:
    url, owner = role
    user = sql.Identifier(psycopg.conninfo.conninfo_to_dict(url)["user"])
    owner.execute(sql.SQL("ALTER ROLE {} SET statement_timeout TO '1ms'").format(user))
    with session(make_conninfo(url, options="-c work_mem=1MB")) as connection:
        begun = dict(connection.execute("SELECT name, reset_val FROM pg_settings").fetchall())
    assert (begun["statement_timeout"], begun["work_mem"]) == ("0", "1024")


@pytest.mark.skipif(PGBOUNCER is None, reason="PgBouncer is missing; apt-get install pgbouncer")
@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_pgbouncer_is_refused_in_transaction_mode_and_used_in_session_mode(
    role: tuple[str, psycopg.Connection],
    postgres: Postgres,
    spawner: TestSpawner,
    tmp_path: Path,
    mode: str,
) -> None:
    url, _ = role
    login = psycopg.conninfo.conninfo_to_dict(url)
    port = free_port()
    folder = spawner.scratch("pgbouncer")
    (folder / "users").write_text(f'"{login["user"]}" "{login["password"]}"\n')
    (folder / "ini").write_text(
        f"[databases]\n* = host=127.0.0.1 port={postgres.port}\n[pgbouncer]\npool_mode = {mode}\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = plain\n"
        f"auth_file = {folder / 'users'}\nunix_socket_dir =\nserver_check_delay = 0\n"
    )
    for path in folder.iterdir():
        path.chmod(0o644)
    user = SYSTEM_USER if os.geteuid() == 0 else None
    argv = [str(PGBOUNCER), str(folder / "ini")]
    child = spawner.spawn("pgbouncer", argv, log=tmp_path / "log", user=user)
    there = make_conninfo(url, port=port)

    def answers() -> bool:
        assert child.exit_code is None, child.last_words()
        try:
            psycopg.connect(there).close()
        except psycopg.OperationalError:
            return False
        return True

    block_until("PgBouncer answers", answers, timeout_s=60)
    found = obstacle(there)
    child.stop(ask_with=signal.SIGINT)
    if mode == "session":
        assert found is None
    else:
        assert found is not None
        assert "pooler in transaction mode" in found.reason
