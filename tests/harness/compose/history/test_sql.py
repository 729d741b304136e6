"""SQLite behind the few things that the index asks of a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compose.history.sql import IndexDamaged, IndexUnwritable, postgres, sqlite_file
from harness.core.errors import HarnessError, UsageError


def test_a_transaction_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    with sqlite_file(tmp_path / "a.sqlite") as sql:
        sql.rows("CREATE TABLE t (n BIGINT)")
        with sql.transaction():
            sql.many("INSERT INTO t VALUES (?)", [(1,), (2,)])
        with pytest.raises(HarnessError), sql.transaction():
            sql.many("INSERT INTO t VALUES (?)", [(3,), ("too", "many")])
        assert sql.rows("SELECT n FROM t WHERE n > ? ORDER BY n", (0,)) == [(1,), (2,)]
        assert sql.has_table("t")
        assert not sql.has_table("u")


def test_it_keeps_no_write_ahead_log(tmp_path: Path) -> None:
    with sqlite_file(tmp_path / "a.sqlite") as sql:
        assert sql.rows("PRAGMA journal_mode") == [("delete",)]


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"no database at all, and longer than a header " * 9)
    with pytest.raises(IndexDamaged, match="not a database"), sqlite_file(path):
        pass


def test_a_place_without_a_folder_is_not_writable(tmp_path: Path) -> None:
    with pytest.raises(IndexUnwritable), sqlite_file(tmp_path / "none" / "a.sqlite"):
        pass


def test_a_mistake_in_a_statement_is_no_damage() -> None:
    with sqlite_file(None) as sql, pytest.raises(HarnessError) as raised:
        sql.rows("SELECT nonsense")
    assert not isinstance(raised.value, IndexDamaged | IndexUnwritable)


def test_a_database_that_is_not_there_is_one_line_without_the_password() -> None:
    url = "postgresql://ann:hunter2@127.0.0.1:1/none"
    with pytest.raises(HarnessError, match="cannot open the history") as raised, postgres(url):
        pass
    assert "hunter2" not in raised.value.line
    with pytest.raises(UsageError), postgres("postgresql://a:b@c:d@e:f"):
        pass
