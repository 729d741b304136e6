"""Each crossing of a level has one job, whatever happens at once; a job is done once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest

from harness.core.clock import seeded_random
from servers.pool.generator import NewArtwork, PoolJob, SvgGenerator
from servers.pool.jobs import JobCounts, Jobs, counts
from tests.servers.pool.kept_pool import LEVELS, grow, ordered, pool_of, see

pytestmark = pytest.mark.stack

Hire = Callable[..., Jobs]
BEGUN = 2
"""The epoch of a pool that was seeded: it grew once."""


@pytest.fixture
def kept(database: str) -> Iterator[psycopg.Connection]:
    with pool_of(database) as connection:
        yield connection


@pytest.fixture
def jobs_of(database: str) -> Iterator[Hire]:
    """Returns the jobs as another worker sees them, each on a connection of its own."""
    with contextlib.ExitStack() as open_until_the_end:

        def hire(worker: str = "one", lease_s: float = 60, most: int = 3) -> Jobs:
            connection = psycopg.connect(database, autocommit=True)
            open_until_the_end.enter_context(contextlib.closing(connection))
            return Jobs(connection, worker, lease_s=lease_s, attempts_max=most)

        yield hire


def taken(jobs: Jobs) -> PoolJob:
    job = jobs.take()
    assert job is not None
    return job


def pool_size(connection: psycopg.Connection) -> tuple[int, int]:
    row = connection.execute("SELECT active, epoch FROM impression_pool").fetchone()
    assert row is not None
    return row[0], row[1]


def test_no_user_below_a_level_has_a_job(kept: psycopg.Connection) -> None:
    see(kept, "ann", range(1, 85))
    assert ordered(kept) == []


def test_each_level_has_its_job_with_the_roadmaps_numbers(kept: psycopg.Connection) -> None:
    for last in (85, 86, 90, 94, 95, 100):
        see(kept, "ann", range(1, last + 1))
    assert ordered(kept) == [("85", BEGUN), ("90", BEGUN), ("95", BEGUN)]
    found = kept.execute("SELECT level, artworks, urgent FROM pool_jobs ORDER BY id").fetchall()
    assert found == list(LEVELS)


def test_a_batch_that_jumps_has_a_job_for_every_level_between(kept: psycopg.Connection) -> None:
    see(kept, "ann", range(1, 81))
    see(kept, "ann", range(81, 97))
    assert ordered(kept) == [("85", BEGUN), ("90", BEGUN), ("95", BEGUN)]


def test_what_is_stored_already_crosses_nothing(kept: psycopg.Connection) -> None:
    see(kept, "ann", range(1, 81))
    for _ in range(3):
        see(kept, "ann", range(71, 81))
    assert ordered(kept) == []


def test_what_rolls_back_orders_nothing(kept: psycopg.Connection) -> None:
    with kept.transaction(force_rollback=True):
        see(kept, "ann", range(1, 100))
        assert len(ordered(kept)) == 3
    assert ordered(kept) == []
    see(kept, "ann", range(1, 86))
    assert ordered(kept) == [("85", BEGUN)]


def test_a_user_who_falls_and_crosses_again_has_another_job(kept: psycopg.Connection) -> None:
    see(kept, "ann", range(1, 97))
    grow(kept, 20)  # 96 of 120 are 80 %
    see(kept, "ann", range(97, 101))
    assert len(ordered(kept)) == 3
    kept.execute(
        "UPDATE art_sessions SET id = 'artwork-01' || right('0' || right(id, 1), 2) "
        "WHERE id IN ('more-1', 'more-2', 'more-3')"
    )
    see(kept, "ann", [101, 102])
    assert ordered(kept)[3:] == [("85", BEGUN + 1 + 1)]


def test_growth_that_leaves_a_user_above_a_level_orders_nothing(kept: psycopg.Connection) -> None:
    see(kept, "ann", range(1, 100))
    grow(kept, 1)
    see(kept, "ann", [100])
    assert len(ordered(kept)) == 3


def test_a_level_that_is_crossed_twice_in_an_epoch_has_one_job(kept: psycopg.Connection) -> None:
    see(kept, "ann", range(1, 86))
    kept.execute("DELETE FROM user_art_impressions WHERE artwork_id > 'artwork-0080'")
    see(kept, "ann", range(1, 91))
    assert ordered(kept) == [("85", BEGUN), ("90", BEGUN)]


def test_a_pool_that_shrinks_takes_users_over_a_level(kept: psycopg.Connection) -> None:
    see(kept, "ann", range(1, 81))
    see(kept, "bob", range(1, 51))
    kept.execute("UPDATE art_sessions SET pool_status = 'retired' WHERE id > 'artwork-0088'")
    assert ordered(kept) == [("85", BEGUN), ("90", BEGUN)]  # 80 of 88
    assert ordered(kept, "bob") == []
    kept.execute("DELETE FROM art_sessions WHERE id BETWEEN 'artwork-0085' AND 'artwork-0088'")
    assert ordered(kept)[2:] == [("95", BEGUN)]  # 80 of 84


def test_an_artwork_that_was_seen_before_it_came_counts(kept: psycopg.Connection) -> None:
    see(kept, "ann", [*range(1, 85), 101, 102, 103, 104, 105])
    assert ordered(kept) == []
    kept.execute(
        "INSERT INTO art_sessions (id, title) SELECT 'artwork-0' || n, '' "
        "FROM generate_series(101, 105) AS n"
    )  # 89 of 105: still below
    assert ordered(kept) == []
    kept.execute("DELETE FROM art_sessions WHERE id = 'artwork-0100'")  # 89 of 104
    assert ordered(kept) == [("85", BEGUN + 1)]


def test_an_emptied_pool_orders_nothing_and_the_next_one_again(kept: psycopg.Connection) -> None:
    see(kept, "ann", range(1, 87))
    kept.execute("TRUNCATE art_sessions")
    grow(kept, 10, stem="new")
    see(kept, "ann", [])
    assert ordered(kept) == [("85", BEGUN)]
    kept.execute(
        "INSERT INTO user_art_impressions (user_id, artwork_id) "
        "SELECT 'ann', 'new-' || n FROM generate_series(1, 9) AS n"
    )
    assert ordered(kept)[1:] == [("85", BEGUN + 1), ("90", BEGUN + 1)]


def test_everybody_who_is_forgotten_begins_below_all_levels(kept: psycopg.Connection) -> None:
    see(kept, "ann", range(1, 87))
    kept.execute("TRUNCATE user_art_impressions")
    grow(kept, 1)
    see(kept, "ann", range(1, 101))
    assert ordered(kept)[1:] == [("85", 3), ("90", 3), ("95", 3)]


def test_who_stands_at_a_level_when_it_is_switched_on_has_a_job(database: str) -> None:
    with pool_of(database, 100, "rollups") as connection:
        see(connection, "ann", range(1, 92))
    with pool_of(database) as connection:
        assert ordered(connection) == [("85", BEGUN), ("90", BEGUN)]


def test_a_fast_viewer_is_served_before_any_level(kept: psycopg.Connection) -> None:
    for turn in range(6):  # one artwork a second, in batches of five
        see(kept, "ann", range(1 + 5 * turn, 6 + 5 * turn), at_s=5 * turn)
    assert ordered(kept) == [("pace", BEGUN)]  # 90 of 100 are left at 10 s, and 120 are needed
    (artworks,) = kept.execute("SELECT artworks FROM pool_jobs").fetchone() or (0,)
    assert artworks == 120 - 85  # at 10 s: the first moment at which there is a pace


def test_a_slow_viewer_is_not_forecast(kept: psycopg.Connection) -> None:
    for turn in range(6):
        see(kept, "ann", [turn + 1], at_s=5 * turn)
    assert ordered(kept) == []


def test_what_is_ordered_already_is_counted_as_there(kept: psycopg.Connection) -> None:
    kept.execute(
        "INSERT INTO pool_jobs (user_id, level, epoch, artworks, urgent) "
        "VALUES ('bob', '85', 1, 30, false)"
    )
    for turn in range(6):
        see(kept, "ann", range(1 + 5 * turn, 6 + 5 * turn), at_s=5 * turn)
    assert kept.execute("SELECT artworks FROM pool_jobs WHERE level = 'pace'").fetchone() == (10,)


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(2, 12))]
)
def test_concurrent_batches_miss_and_double_nothing(
    kept: psycopg.Connection, database: str, seed: int
) -> None:
    """Overlapping batches of the same users, in two epochs, from four connections."""
    users = [f"user-{number}" for number in range(12)]

    def crowd(number: int, first: int, last: int) -> None:
        chance = seeded_random(seed, f"crowd {number} {last}")
        with psycopg.connect(database, autocommit=True) as connection:
            for _ in range(3):
                for user in chance.sample(users, len(users)):
                    artworks = sorted(chance.sample(range(first, last + 1), (last - first) // 2))
                    see(connection, user, artworks)
            for user in chance.sample(users, len(users)):
                see(connection, user, range(first, last + 1))

    def crowds(first: int, last: int) -> None:
        threads = [threading.Thread(target=crowd, args=(n, first, last)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    crowds(1, 97)
    grow(kept, 50)  # 97 of 150
    kept.execute(
        "UPDATE art_sessions SET id = 'artwork-0' || (100 + right(id, -5)::int) "
        "WHERE id LIKE 'more-%'"
    )
    crowds(98, 144)
    expected = {(user, level) for user in users for level, _, _ in LEVELS}
    for epoch in (BEGUN, pool_size(kept)[1]):
        found = kept.execute(
            "SELECT user_id, level FROM pool_jobs WHERE epoch = %s AND level <> 'pace'", (epoch,)
        ).fetchall()
        assert set(found) == expected
        assert len(found) == len(expected)


def test_urgent_jobs_are_taken_first_and_each_by_one(
    kept: psycopg.Connection, jobs_of: Hire
) -> None:
    see(kept, "ann", range(1, 96))
    one, two = jobs_of(), jobs_of("two")
    levels = [taken(one).level, taken(two).level, taken(one).level]
    assert levels == ["95", "85", "90"]
    assert two.take() is None
    assert counts(kept) == JobCounts(waiting=0, running=3, done=0, dead=0)


def test_a_finished_job_has_its_artworks_and_the_pool_is_larger(
    kept: psycopg.Connection, jobs_of: Hire
) -> None:
    see(kept, "ann", range(1, 86))
    jobs = jobs_of()
    job = taken(jobs)
    assert jobs.finish(job, SvgGenerator().make(job))
    assert pool_size(kept) == (110, BEGUN + 1)
    assert counts(kept) == JobCounts(waiting=0, running=0, done=1, dead=0)
    found = kept.execute(
        "SELECT count(*) FROM art_sessions WHERE job_id = %s AND picture LIKE '<svg%%'", (job.id,)
    ).fetchone()
    assert found == (10,)
    see(kept, "ann", range(1, 93))  # 92 of 110
    assert len(ordered(kept)) == 1
    see(kept, "ann", range(1, 95))  # 94 of 110
    assert ordered(kept) == [("85", BEGUN), ("85", BEGUN + 1)]


def test_a_lease_that_ran_out_is_taken_and_the_late_finish_refused(
    kept: psycopg.Connection, jobs_of: Hire
) -> None:
    see(kept, "ann", range(1, 86))
    slow, quick = jobs_of(lease_s=0), jobs_of("quick")
    first = taken(slow)
    second = taken(quick)
    assert (first.id, first.attempt, second.attempt) == (second.id, 1, 2)
    assert not slow.finish(first, SvgGenerator().make(first))
    assert slow.fail(first, "too late") == ""
    assert pool_size(kept) == (100, BEGUN)
    assert quick.finish(second, SvgGenerator().make(second))
    assert not slow.finish(first, SvgGenerator().make(first))
    assert pool_size(kept) == (110, BEGUN + 1)


def test_a_lease_that_runs_is_no_other_workers(kept: psycopg.Connection, jobs_of: Hire) -> None:
    see(kept, "ann", range(1, 86))
    taken(jobs_of())
    assert jobs_of("two").take() is None


def test_what_fails_is_tried_again_and_then_dead(kept: psycopg.Connection, jobs_of: Hire) -> None:
    see(kept, "ann", range(1, 86))
    jobs = jobs_of(most=2)
    assert jobs.fail(taken(jobs), "no model") == "waiting"
    assert jobs.take() is None  # a pause of a second
    kept.execute("UPDATE pool_jobs SET due_at = clock_timestamp()")
    assert jobs.fail(taken(jobs), "no model") == "dead"
    kept.execute("UPDATE pool_jobs SET due_at = clock_timestamp()")
    assert jobs.take() is None
    assert kept.execute("SELECT state, attempts, error FROM pool_jobs").fetchone() == (
        "dead",
        2,
        "no model",
    )


def test_a_job_that_ends_its_workers_is_dead(kept: psycopg.Connection, jobs_of: Hire) -> None:
    see(kept, "ann", range(1, 86))
    jobs = jobs_of(lease_s=0, most=2)
    taken(jobs)
    taken(jobs)
    assert jobs.take() is None
    assert kept.execute("SELECT state, error FROM pool_jobs").fetchone() == (
        "dead",
        "its worker did not come back",
    )


def test_artworks_that_cannot_be_added_leave_the_job(
    kept: psycopg.Connection, jobs_of: Hire
) -> None:
    see(kept, "ann", range(1, 86))
    jobs = jobs_of()
    job = taken(jobs)
    with pytest.raises(psycopg.errors.UniqueViolation):
        jobs.finish(job, [NewArtwork("artwork-0001", "", "")])
    assert counts(kept).running == 1
    assert pool_size(kept) == (100, BEGUN)


def test_a_database_without_jobs_says_so(database: str, jobs_of: Hire) -> None:
    assert not jobs_of().are_kept()
    with pool_of(database):
        assert jobs_of().are_kept()
