"""The index gives back the suites that it took in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.trend.nights import Nights, suites_of
from harness.compose.history.index import VERSION, Index, StoredSuite
from harness.compose.history.sql import SqliteSql, sqlite_file
from harness.ledger.history.facts import canonical, digest_of

SUITES = [StoredSuite(digest=digest_of(canonical(f)), facts=f) for f in suites_of(Nights(count=3))]


@pytest.fixture
def sql() -> Iterator[SqliteSql]:
    with sqlite_file(None) as found:
        yield found


def filled(sql: SqliteSql) -> Index:
    index = Index(sql)
    for one in reversed(SUITES):
        index.add(one.digest, one.facts)
    return index


def test_suites_come_back_in_the_order_of_their_starts(sql: SqliteSql) -> None:
    index = filled(sql)
    heads = index.heads()
    assert [one.digest for one in heads] == [one.digest for one in SUITES]
    assert all(one.facts.cells == () for one in heads)
    assert index.whole(heads) == SUITES
    assert index.digests() == {one.digest: one.facts.plan for one in SUITES}


def test_what_is_added_twice_is_there_once(sql: SqliteSql) -> None:
    index = filled(sql)
    index.add(SUITES[0].digest, SUITES[0].facts)
    assert len(index.heads()) == 3


def test_a_suite_is_forgotten_with_its_cells(sql: SqliteSql) -> None:
    index = filled(sql)
    index.forget([SUITES[1].digest])
    assert [one.digest for one in index.heads()] == [SUITES[0].digest, SUITES[2].digest]
    for table in ("history_cells", "history_figures"):
        statement = f"SELECT count(*) FROM {table} WHERE digest = ?"
        assert sql.rows(statement, (SUITES[1].digest,)) == [(0,)]
        assert sql.rows(statement, (SUITES[0].digest,)) != [(0,)]


def test_tables_of_another_version_are_made_anew(sql: SqliteSql) -> None:
    filled(sql)
    sql.rows("UPDATE history_index SET version = ?", (VERSION + 1,))
    assert Index(sql).heads() == []
    assert sql.rows("SELECT version FROM history_index") == [(VERSION,)]


def test_a_cleared_index_is_empty_and_usable(sql: SqliteSql) -> None:
    index = filled(sql)
    index.clear()
    assert index.heads() == []
    index.add(SUITES[0].digest, SUITES[0].facts)
    assert index.whole(index.heads()) == SUITES[:1]
