"""The pool over time: viewers, size and jobs, in marks, in words and in figures."""

from __future__ import annotations

import numpy as np

from reports.evidence.table.pool import JobLife, PoolHistory
from reports.plots.pool import TITLE, pool_over_time


def job(number: int, level: str, first: int, *states: tuple[int, str, int, int]) -> JobLife:
    return JobLife(
        number=number,
        user="ann",
        level=level,
        epoch=1,
        artworks=10,
        first=first,
        states=((first, "waiting", 0, 0), *states),
    )


def history(*jobs: JobLife, users: int = 2) -> PoolHistory:
    viewed = np.array([[80, 90, 100, 100], [10, 11, 12, 13]])[:users]
    return PoolHistory(
        at_s=np.array([1.0, 2.0, 3.0, 4.0]),
        epoch=np.array([1, 1, 1, 2]),
        artworks=np.array([100, 100, 100, 110]),
        users=("ann", "bob")[:users],
        viewed=viewed.reshape(users, 4),
        jobs=jobs,
        ran_out=(),
        is_whole=True,
    )


def test_viewers_size_and_jobs_are_drawn_and_counted() -> None:
    jobs = [job(1, "85", 1, (3, "done", 10, 1)), job(2, "95", 2), job(3, "pace", 2)]
    picture = pool_over_time(history(*jobs), [])
    assert picture.title == TITLE
    assert "2 users, 1 of whom had seen all there was" in picture.description
    assert "had 100 artworks at first and 110 at last" in picture.description
    assert "3 jobs for new artworks, 1 of them done" in picture.description
    for words in ("by pace", "95 %", "85 %", "a viewer has seen all there is", "its order"):
        assert words in picture.svg
    assert "not done at the end" in picture.svg
    header, *rows = picture.rows
    assert header == ("second", "half of them", "fewest", "pool", "jobs ordered")
    fewest = [row[2] for row in rows if row[2]]
    assert (fewest[0], fewest[-1], rows[-1][3]) == ("20", "10", "110")
    assert sum(int(row[4]) for row in rows) == 3


def test_what_did_not_happen_has_no_entry() -> None:
    picture = pool_over_time(history(users=1), [])
    assert "a viewer has seen all there is" in picture.svg
    assert "not done at the end" not in picture.svg
    assert "its order" not in picture.svg
    assert "0 jobs" in picture.description


def test_a_pool_without_viewers_is_drawn_all_the_same() -> None:
    picture = pool_over_time(history(users=0), [])
    assert "0 users, 0 of whom" in picture.description
