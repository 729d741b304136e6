"""The counts that triggers keep are those of a scan, whatever is done to the tables at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
import pytest

from servers.ingest.storage import rollups
from servers.ingest.storage.rollups import Kpis, drift
from servers.ingest.storage.store import Share, Store
from tests.servers.ingest.site import make_config
from tests.servers.ingest.storage.counts import (
    agree,
    artwork,
    deltas,
    fold,
    kpis,
    open_once,
    see,
    users,
)

pytestmark = pytest.mark.stack

INSERT = "INSERT INTO user_art_impressions (user_id, artwork_id) VALUES (%s, %s)"
INSERT_NEW = INSERT + " ON CONFLICT (user_id, artwork_id) DO NOTHING"


@pytest.fixture
def kept(database: str) -> Iterator[psycopg.Connection]:
    """A database that keeps the counts, with a pool of twenty."""
    with open_once(database, "rollups") as connection:
        yield connection


def test_only_rows_that_are_new_are_counted(kept: psycopg.Connection) -> None:
    kept.execute(INSERT_NEW, ("ann", artwork(1)))
    kept.execute(INSERT_NEW, ("ann", artwork(1)))
    see(kept, "ann", 1, 2, 3)
    see(kept, "bob", 1)
    assert users(kept) == {"ann": (3, 3), "bob": (1, 1)}
    agree(kept)


@pytest.mark.asyncio
async def test_the_servers_own_statement_is_counted(database: str) -> None:
    store = Store(make_config(database, pool=20, improvements=("rollups",)))
    await store.open()
    try:
        shares = [Share("ann", [artwork(1), artwork(2)], 0.0), Share("bob", [artwork(1)], 0.0)]
        await store.write(shares)
        await store.write([*shares, Share("ann", [artwork(2), artwork(3)], 0.0)])
        found = await store.kpis()
    finally:
        await store.close()
    assert found == Kpis(20, 2, 2, 0, 0, 0, None)  # the pool grew once: it was seeded
    with psycopg.connect(database) as connection:
        assert users(connection) == {"ann": (3, 3), "bob": (1, 1)}
        agree(connection)


def test_a_copy_is_counted(kept: psycopg.Connection) -> None:
    copy = "COPY user_art_impressions (user_id, artwork_id) FROM STDIN"
    with kept.cursor() as cursor, cursor.copy(copy) as rows:
        for number in range(1, 8):
            rows.write_row(("ann", artwork(number)))
    assert users(kept) == {"ann": (7, 7)}
    agree(kept)


def test_what_rolls_back_is_not_counted(kept: psycopg.Connection) -> None:
    see(kept, "ann", 1)
    with contextlib.suppress(psycopg.errors.UniqueViolation), kept.transaction():
        see(kept, "ann", 2, 3)
        kept.execute(INSERT, ("ann", artwork(1)))
    assert users(kept) == {"ann": (1, 1)}
    agree(kept)


def test_deleting_counts_down_and_what_is_gone_counts_no_more(kept: psycopg.Connection) -> None:
    see(kept, "ann", 1, 2, 3)
    see(kept, "bob", 1)
    kept.execute("DELETE FROM user_art_impressions WHERE artwork_id = %s", (artwork(1),))
    assert users(kept) == {"ann": (2, 2), "bob": (0, 0)}
    assert kpis(kept).users == 1
    agree(kept)
    see(kept, "bob", 5)
    assert kpis(kept).users == 2
    agree(kept)


def test_emptying_the_table_forgets_everybody(kept: psycopg.Connection) -> None:
    see(kept, "ann", 1, 2)
    kept.execute("TRUNCATE user_art_impressions")
    assert users(kept) == {}
    assert kpis(kept).users == 0
    agree(kept)


def test_an_impression_cannot_change_hands(kept: psycopg.Connection) -> None:
    see(kept, "ann", 1)
    kept.execute("UPDATE user_art_impressions SET user_id = 'ann', viewed_at = now()")
    with pytest.raises(psycopg.errors.RaiseException, match="delete it, insert another"):
        kept.execute("UPDATE user_art_impressions SET user_id = 'bob'")
    agree(kept)


def test_the_pool_changes_under_what_was_seen(kept: psycopg.Connection) -> None:
    see(kept, "ann", 1, 2, 3)
    see(kept, "bob", 3, 99)  # the server stores ids that no pool holds
    assert users(kept) == {"ann": (3, 3), "bob": (2, 1)}
    before = kpis(kept)
    kept.execute("UPDATE art_sessions SET pool_status = 'retired' WHERE id = %s", (artwork(3),))
    assert users(kept) == {"ann": (3, 2), "bob": (2, 0)}
    assert kpis(kept)[:2] == (before.pool - 1, before.epoch)
    kept.execute("INSERT INTO art_sessions (id, title) VALUES (%s, '')", (artwork(99),))
    assert users(kept) == {"ann": (3, 2), "bob": (2, 1)}
    assert kpis(kept)[:2] == (before.pool, before.epoch + 1)
    kept.execute("UPDATE art_sessions SET pool_status = 'active', title = 'again'")
    kept.execute("DELETE FROM art_sessions WHERE id = %s", (artwork(1),))
    assert users(kept) == {"ann": (3, 2), "bob": (2, 2)}
    assert kpis(kept)[:2] == (before.pool, before.epoch + 2)
    agree(kept)
    kept.execute("TRUNCATE art_sessions")
    assert users(kept) == {"ann": (3, 0), "bob": (2, 0)}
    assert kpis(kept).pool == 0
    agree(kept)


def test_an_id_that_moves_takes_its_views_along(kept: psycopg.Connection) -> None:
    see(kept, "ann", 1, 77)
    kept.execute("UPDATE art_sessions SET id = %s WHERE id = %s", (artwork(77), artwork(1)))
    assert users(kept) == {"ann": (2, 1)}
    agree(kept)


def test_what_was_there_before_is_counted_when_it_is_switched_on(database: str) -> None:
    with open_once(database) as connection:
        see(connection, "ann", *range(1, 13))
        see(connection, "bob", 1, 99)
        assert connection.execute(rollups.PRESENT).fetchone() == (False,)
    with open_once(database, "rollups") as connection:
        assert users(connection) == {"ann": (12, 12), "bob": (2, 1)}
        agree(connection)
        see(connection, "bob", 2)
        agree(connection)


def test_the_figures_of_a_small_pool_by_hand(kept: psycopg.Connection) -> None:
    see(kept, "ann", *range(1, 11))  # ten of twenty: not more than ten, so not active
    see(kept, "bob", *range(1, 12))  # eleven: 45 % unseen
    see(kept, "cat", *range(1, 17))  # sixteen: four unseen
    see(kept, "dan", *range(1, 16))  # fifteen: five unseen
    found = kpis(kept)
    assert found[2:6] == (4, 3, 3, 1)
    assert found.unseen_share == pytest.approx((9 + 4 + 5) / 60)
    agree(kept)


def test_exactly_half_unseen_is_not_at_risk(database: str) -> None:
    with open_once(database, "rollups", pool=24) as connection:
        see(connection, "ann", *range(1, 13))
        assert kpis(connection).at_risk == 0
        see(connection, "ann", 13)
        assert kpis(connection).at_risk == 1


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("UPDATE user_freshness_base SET viewed = viewed + 1", "user ann: kept 3, 2 active"),
        ("UPDATE user_freshness_base SET viewed_active = 1", "user ann: kept 2, 1 active"),
        ("DELETE FROM user_freshness_base", "user ann"),
        ("INSERT INTO user_freshness_deltas VALUES (1, '{ann}', '{x}')", "user ann: kept 3, 2"),
        ("INSERT INTO user_freshness_deltas VALUES (1, '{bob}', '{x}')", "users with that many 0"),
        ("UPDATE freshness_buckets SET users = 2 WHERE users = 1", "users with that many 2"),
        ("UPDATE impression_pool SET active = 21", "active pool: kept 21, scanned 20"),
        ("DELETE FROM impression_pool", "active pool: kept None, scanned 20"),
    ],
)
def test_the_cross_check_finds_what_differs(
    kept: psycopg.Connection, damage: str, words: str
) -> None:
    see(kept, "ann", 1, 2)
    fold(kept)
    agree(kept)
    kept.execute(damage.encode())
    assert any(words in one.line() for one in drift(kept))


def test_the_roadmaps_own_query_is_a_part_of_it(kept: psycopg.Connection) -> None:
    see(kept, "ann", *range(1, 13))
    assert kept.execute(rollups.ROADMAP_AT_RISK.encode()).fetchone() == (1,)
    fold(kept)
    kept.execute("UPDATE user_freshness_base SET viewed = 3")
    assert "users at risk: kept 0, scanned 1" in [one.line() for one in drift(kept)]


def test_the_command_ends_with_what_it_found(
    kept: psycopg.Connection,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(rollups.DATABASE_VARIABLE, database)
    see(kept, "ann", 1, 2)
    assert rollups.main() == 0
    assert capsys.readouterr().out == "rollups and scan agree\n"
    fold(kept)
    kept.execute("UPDATE user_freshness_base SET viewed = 1")
    assert rollups.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "user ann: kept 1, 2 active, scanned 2, 2 active",
        "1 counts differ",
    ]
    monkeypatch.delenv(rollups.DATABASE_VARIABLE)
    assert rollups.main() == 2


def test_a_database_without_counts_is_no_agreement(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(rollups.DATABASE_VARIABLE, database)
    assert rollups.main() == 2
    assert "--improvement rollups" in capsys.readouterr().err


def test_folding_changes_no_figure(kept: psycopg.Connection) -> None:
    see(kept, "ann", *range(1, 12))
    see(kept, "bob", *range(1, 17))
    fold(kept)
    see(kept, "ann", *range(5, 15))
    kept.execute("DELETE FROM user_art_impressions WHERE artwork_id = %s", (artwork(1),))
    kept.execute("DELETE FROM user_art_impressions WHERE user_id = 'bob'")
    see(kept, "cat", 3)
    see(kept, "dan", 99)
    before = users(kept), kpis(kept)
    assert deltas(kept) > 0
    assert fold(kept) > 0
    assert (users(kept), kpis(kept)) == before
    assert before[0] == {"ann": (13, 13), "bob": (0, 0), "cat": (1, 1), "dan": (1, 0)}
    assert (deltas(kept), fold(kept)) == (0, 0)
    agree(kept)


def test_some_of_the_deltas_can_be_folded_in_any_order(kept: psycopg.Connection) -> None:
    see(kept, "ann", 1, 2)
    kept.execute("DELETE FROM user_art_impressions WHERE artwork_id = %s", (artwork(1),))
    see(kept, "ann", 1, 3)
    see(kept, "bob", 2)
    kept.execute("CREATE TABLE kept_order AS SELECT * FROM user_freshness_deltas ORDER BY sign")
    kept.execute("DELETE FROM user_freshness_deltas")
    kept.execute("INSERT INTO user_freshness_deltas SELECT * FROM kept_order")
    before = users(kept), kpis(kept)
    for left in (3, 2, 1, 0):
        assert kept.execute("SELECT fold_freshness(1)").fetchone() == (1,)
        assert deltas(kept) == left
        assert (users(kept), kpis(kept)) == before
        agree(kept)


@pytest.mark.parametrize(("views", "rows"), [(1, 1), (200, 1), (201, 7)])
def test_a_statement_notes_what_it_brought_in_one_row_or_one_a_user(
    kept: psycopg.Connection, views: int, rows: int
) -> None:
    kept.execute(
        "INSERT INTO user_art_impressions (user_id, artwork_id) "
        "SELECT 'user-' || n %% 7, 'artwork-' || lpad(n::text, 4, '0') "
        "FROM generate_series(1, %s) AS n",
        (views,),
    )
    assert deltas(kept) == rows
    agree(kept)
    assert kept.execute("SELECT fold_freshness()").fetchone() == (rows,)
    agree(kept)
    assert sum(viewed for viewed, _ in users(kept).values()) == views
    kept.execute("DELETE FROM user_art_impressions")
    assert deltas(kept) == rows
    fold(kept)
    agree(kept)
    assert set(users(kept).values()) == {(0, 0)}


def test_ids_that_are_longer_than_a_page_are_counted(kept: psycopg.Connection) -> None:
    names = [f"{number:04}" * 60 for number in range(150)]
    kept.execute(
        "INSERT INTO user_art_impressions (user_id, artwork_id) SELECT 'ann', unnest(%s::text[])",
        (names,),
    )
    assert (deltas(kept), users(kept)) == (1, {"ann": (150, 0)})
    agree(kept)
    fold(kept)
    agree(kept)


def test_emptying_a_table_takes_what_is_not_folded_along(kept: psycopg.Connection) -> None:
    see(kept, "ann", 1, 2)
    fold(kept)
    see(kept, "ann", 3)
    kept.execute("UPDATE art_sessions SET pool_status = 'retired' WHERE id = %s", (artwork(3),))
    assert users(kept) == {"ann": (3, 2)}
    agree(kept)
    kept.execute("TRUNCATE art_sessions")
    assert users(kept) == {"ann": (3, 0)}
    agree(kept)
    see(kept, "ann", 4)
    kept.execute("TRUNCATE user_art_impressions")
    assert users(kept) == {}
    agree(kept)


def test_two_writers_with_the_same_user_do_not_wait_for_each_other(
    kept: psycopg.Connection, database: str
) -> None:
    with psycopg.connect(database) as first:
        see(first, "ann", 1, 2)
        kept.execute("SET lock_timeout = '200ms'")
        see(kept, "ann", 3)
        assert users(kept) == {"ann": (1, 1)}
        assert fold(kept) == 1
        first.commit()
    assert users(kept) == {"ann": (3, 3)}
    agree(kept)
    assert fold(kept) == 1
    agree(kept)


def test_one_folds_at_a_time_and_the_other_does_not_wait(
    kept: psycopg.Connection, database: str
) -> None:
    see(kept, "ann", 1, 2)
    with psycopg.connect(database) as first:
        assert fold(first) == 1
        kept.execute("SET lock_timeout = '200ms'")
        assert fold(kept) == 0
        assert users(kept) == {"ann": (2, 2)}
        first.rollback()
    agree(kept)
    assert fold(kept) == 1
    agree(kept)


def test_a_predictive_pool_takes_over_what_is_not_folded(database: str) -> None:
    with open_once(database, "rollups") as connection:
        see(connection, "ann", 1, 2)
        assert deltas(connection) == 1
    with open_once(database, "predictive_pool") as connection:
        assert deltas(connection) == 0
        see(connection, "ann", 2, 3)
        connection.execute("DELETE FROM user_art_impressions WHERE artwork_id = %s", (artwork(1),))
        connection.execute("UPDATE art_sessions SET pool_status = 'new' WHERE id = 'artwork-0003'")
        connection.execute("INSERT INTO art_sessions (id, title) VALUES ('unseen', '')")
        assert deltas(connection) == 0
        assert users(connection) == {"ann": (2, 1)}
        agree(connection)
