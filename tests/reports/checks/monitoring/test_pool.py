"""The artwork pool in snapshots: viewers who run out, crossings without a job, jobs not done."""

from __future__ import annotations

from collections.abc import Sequence

from harness.ledger.kinds.monitoring.pool import (
    JobChanged,
    JobState,
    NoFreshArtwork,
    PoolSize,
    PoolWatched,
    UserViewed,
)
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived

FIRST = 5
"""The epoch at the first sample."""


class Pool:
    """Writes samples, one a second: a pool of a hundred, and what changes in it."""

    def __init__(self, artworks: int = 100) -> None:
        self.ledger = lived()
        self.samples = 0
        self.sample()
        self.grew(artworks, epoch=FIRST)

    def sample(self) -> Pool:
        self.samples += 1
        return self

    def grew(self, artworks: int, *, epoch: int) -> Pool:
        self._saw(PoolSize(sample=self.samples, epoch=epoch, size=artworks))
        return self

    def saw(self, viewed: int, user: str = "ann") -> Pool:
        self._saw(UserViewed(sample=self.samples, user=user, viewed=viewed))
        return self

    def job(
        self,
        number: int,
        level: str = "85",
        *,
        user: str = "ann",
        epoch: int = FIRST,
        state: JobState = "waiting",
        made: int = 0,
        attempts: int = 0,
    ) -> Pool:
        self._saw(
            JobChanged(
                sample=self.samples,
                job=number,
                user=user,
                level=level,
                epoch=epoch,
                size=10,
                made=made,
                state=state,
                attempts=attempts,
            )
        )
        return self

    def done(self, number: int, level: str = "85", *, epoch: int = FIRST, taken: int = 1) -> Pool:
        return self.job(number, level, epoch=epoch, state="done", made=10, attempts=taken)

    def ran_out(self, user: str) -> Pool:
        self._saw(NoFreshArtwork(user=user))
        return self

    def unwatched(self) -> HandWritten:
        return self.ledger

    def end(self) -> HandWritten:
        self.sample()
        self._saw(PoolWatched(samples=self.samples))
        return self.ledger

    def _saw(self, row: PoolSize | UserViewed | JobChanged | NoFreshArtwork | PoolWatched) -> None:
        self.ledger.saw(1.0 + self.samples, row)


def once() -> Pool:
    """At 80, then at 86 with the job for it."""
    return Pool().saw(80).sample().saw(86).job(1)


def again() -> Pool:
    """The pool grows to 110, where 86 are 78 %."""
    return once().sample().grew(110, epoch=FIRST + 1).done(1)


def fell_and_rose_unseen() -> Pool:
    """At 86, ordered; the next snapshot shows a larger pool and 94 of it, at the level again."""
    return once().sample().grew(110, epoch=FIRST + 1).saw(94).job(2, epoch=FIRST + 1)


def from_the_first_sample_on() -> Pool:
    """Over the level at first, below it as the pool grows, and over it again."""
    pool = Pool().saw(86).job(1, epoch=0).sample().grew(110, epoch=FIRST + 1)
    return pool.sample().saw(94).job(2, epoch=FIRST + 1)


def fell_twice_unseen() -> Pool:
    """A viewer at 90 % falls below 85 % and rises again between snapshots, two times."""
    pool = Pool(10_000).saw(9000).job(1, "85").job(2, "90")
    pool.sample().grew(10_590, epoch=FIRST + 1).saw(9010).job(3, "85", epoch=FIRST + 1)
    return pool.sample().grew(10_610, epoch=FIRST + 2).saw(9020).job(4, "85", epoch=FIRST + 2)


def again_without_falling() -> Pool:
    """Two jobs for a viewer who stays over the level, if only just; then the pool grows more."""
    pool = Pool(110).saw(102).sample().grew(115, epoch=FIRST + 1).job(1, epoch=FIRST + 1)
    pool.sample().grew(120, epoch=FIRST + 2).job(2, epoch=FIRST + 2)
    return pool.sample().grew(200, epoch=FIRST + 3)


def jumped(levels: Sequence[str]) -> HandWritten:
    """From 80 to 96 at once, with jobs for these levels."""
    pool = Pool().saw(80).sample().saw(96)
    for number, level in enumerate(levels, 1):
        pool.job(number, level)
    return pool.end()


ONCE = cases(
    "jobs_once_per_crossing",
    {},
    one_crossing=(lambda: once().end(), PASS, "each of 1 crossings has its job; 0 more"),
    exactly_at_the_level=(lambda: Pool().saw(84).sample().saw(85).job(1).end(), PASS, "of 1"),
    just_below_it=(lambda: Pool().saw(84).end(), UNKNOWN, "no viewer crossed"),
    at_the_first_sample=(lambda: Pool().saw(86).job(1, epoch=3).end(), PASS, "of 1 crossings"),
    at_the_first_sample_without_one=(lambda: Pool().saw(86).end(), FAIL, "1 jobs are"),
    a_jump=(lambda: jumped(["85", "90", "95"]), PASS, "each of 3 crossings"),
    a_level_skipped=(lambda: jumped(["95"]), FAIL, "2 jobs are missing or too many"),
    none_at_all=(lambda: jumped([]), FAIL, "3 jobs are"),
    a_sample_late=(lambda: Pool().saw(80).sample().saw(86).sample().job(1).end(), FAIL, "1 jobs"),
    twice_in_an_epoch=(lambda: once().job(2).end(), FAIL, "1 jobs are missing or too many"),
    another_ones=(
        lambda: Pool().saw(80).saw(1, "bob").sample().saw(86).job(1, user="bob").end(),
        FAIL,
        "2 jobs",
    ),
    of_an_epoch_that_is_over=(
        lambda: Pool().saw(80).sample().saw(86).job(1, epoch=FIRST - 1).end(),
        FAIL,
        "2 jobs are",
    ),
    of_the_epoch_before_the_last=(
        lambda: (
            Pool()
            .saw(80)
            .sample()
            .grew(110, epoch=FIRST + 1)
            .sample()
            .saw(94)
            .job(1, epoch=FIRST)
            .end()
        ),
        FAIL,
        "2 jobs are",
    ),
    over_the_level_from_the_first_sample_on=(
        lambda: from_the_first_sample_on().end(),
        PASS,
        "each of 2 crossings",
    ),
    again_between_snapshots=(lambda: fell_and_rose_unseen().end(), PASS, "each of 1 crossings"),
    again_between_snapshots_twice=(lambda: fell_twice_unseen().end(), PASS, "each of 2"),
    just_before_it_was_crossed=(lambda: Pool(1000).saw(849).job(1).end(), FAIL, "1 jobs"),
    again_after_growth=(
        lambda: again().sample().saw(94).job(2, epoch=FIRST + 1).end(),
        PASS,
        "each of 2 crossings",
    ),
    again_without_a_job=(lambda: again().sample().saw(94).end(), FAIL, "1 jobs are"),
    again_without_falling=(
        lambda: again_without_falling().end(),
        FAIL,
        "3 jobs are",  # the first sample's two crossings have none either
    ),
    while_the_pool_grew=(
        lambda: Pool().saw(80).sample().saw(95).grew(110, epoch=FIRST + 1).job(1).end(),
        PASS,
        "of 1",
    ),
    before_it_was_crossed=(lambda: Pool().saw(80).sample().saw(84).job(1).end(), FAIL, "1 jobs"),
    by_pace=(lambda: once().job(2, "pace").end(), PASS, "1 more were ordered by pace"),
    by_pace_twice=(lambda: once().job(2, "pace").job(3, "pace").end(), FAIL, "1 jobs"),
    by_pace_in_two_epochs=(
        lambda: again().job(2, "pace").sample().job(3, "pace", epoch=FIRST + 1).end(),
        PASS,
        "2 more",
    ),
    not_watched_to_the_end=(lambda: once().unwatched(), UNKNOWN, "not watched"),
    not_watched=(lived, UNKNOWN, "not watched"),
)
RAN_OUT = cases(
    "no_viewer_ran_out",
    {},
    in_time=(
        lambda: Pool().saw(80).sample().grew(110, epoch=6).saw(101).end(),
        PASS,
        "the fewest that a viewer had left were 9; 1 saw more than the first 100 artworks",
    ),
    all_seen=(lambda: once().sample().saw(100).end(), FAIL, "1 of 1 users ran out"),
    one_left=(lambda: once().sample().saw(99).end(), UNKNOWN, "no viewer has seen more than"),
    all_seen_for_a_moment=(
        lambda: once().sample().saw(100).sample().grew(110, epoch=6).sample().saw(101).end(),
        FAIL,
        "1 of 1 users ran out",
    ),
    asked_in_vain=(
        lambda: again().sample().saw(101).ran_out("bob").end(),
        FAIL,
        "1 of 1 users ran out",
    ),
    as_many_as_there_were=(
        lambda: again().sample().saw(100).end(),
        UNKNOWN,
        "no viewer has seen more than",
    ),
    not_watched_to_the_end=(lambda: again().saw(101).unwatched(), UNKNOWN, "not watched"),
    no_viewers=(lambda: Pool().end(), UNKNOWN, "not watched"),
)
DONE = cases(
    "jobs_done",
    {"retaken": 1},
    one_that_was_retaken=(
        lambda: once().sample().done(1, taken=2).end(),
        PASS,
        "1 jobs made 10 artworks; 1 were taken more than once",
    ),
    none_was_retaken=(lambda: once().sample().done(1).end(), UNKNOWN, "0 jobs were taken more"),
    one_still_waits=(lambda: once().end(), FAIL, "1 of 1 jobs went wrong"),
    one_is_dead=(lambda: once().sample().job(1, state="dead", attempts=5).end(), FAIL, "1 of 1"),
    done_with_fewer=(lambda: once().job(1, state="done", made=9).end(), FAIL, "1 of 1 jobs"),
    done_too_soon=(
        lambda: once().sample().job(1, state="done").sample().done(1, taken=2).end(),
        FAIL,
        "1 of 1 jobs",
    ),
    made_twice=(
        lambda: once().sample().done(1).sample().job(1, state="done", made=20).end(),
        FAIL,
        "1 of 1 jobs",
    ),
    no_jobs=(lambda: Pool().saw(3).end(), UNKNOWN, "no job was made"),
    not_watched_to_the_end=(lambda: once().done(1, taken=2).unwatched(), UNKNOWN, "not watched"),
)
NONE_NEEDED = cases(
    "jobs_done", {}, none_had_to_be=(lambda: once().sample().done(1).end(), PASS, "1 jobs made 10")
)

CASES = [*ONCE, *RAN_OUT, *DONE, *NONE_NEEDED]

test_each_case = every_case_holds(CASES)
