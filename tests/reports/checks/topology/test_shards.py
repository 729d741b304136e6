"""Rows in the wrong place, buckets of two shards or none, and questions that were asked twice."""

from __future__ import annotations

from harness.ledger.kinds.monitoring.topology import PartSilent
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.checks.topology.engines import answered
from tests.reports.checks.topology.shards import holding, looked, moved, owned, two_shards
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def one_unread() -> HandWritten:
    return holding(looked(looked(lived(), "shard-1"), "shard-2"), "shard-1")


def empty() -> HandWritten:
    return holding(looked(lived(), "shard-1"), "shard-1", stored=0)


def asked(times: int, reads: tuple[int, int]) -> HandWritten:
    ledger = two_shards(reads=reads)
    for number in range(times):
        answered(ledger, 5.0 + number, viewed=0, source="unsaid")
    return ledger


def crashed() -> HandWritten:
    """The second shard forgot what it was asked."""
    ledger = asked(4, (2, 1))
    return ledger.saw(6.0, PartSilent(part="shard-2", why="refused"))


def owning(**wrong: int) -> HandWritten:
    return holding(owned(looked(lived(), "shard-1"), **wrong), "shard-1")


PLACES = cases(
    "rows_on_their_shard",
    {},
    all_in_place=(two_shards, PASS, "0 of 2"),
    one_astray=(lambda: two_shards(misplaced=1), FAIL, "1 of 2"),
    a_shard_unread=(one_unread, UNKNOWN, "shard-2: not read"),
    no_rows=(empty, UNKNOWN, "no shard holds a row"),
    no_final_read=(lambda: looked(lived(), "shard-1"), UNKNOWN, "no final read"),
    no_shards=(lived, UNKNOWN, "no shard was watched"),
)

OWNERS = cases(
    "buckets_owned_once",
    {},
    each_once=(owning, PASS, "each of 256"),
    one_twice=(lambda: owning(doubled=7), FAIL, "1 of 256"),
    one_never=(lambda: owning(without=7), FAIL, "1 of 256"),
    one_paused=(lambda: owning(paused=7), FAIL, "1 of 256"),
    no_final_read=(lambda: looked(lived(), "shard-1"), UNKNOWN, "no final read"),
    no_shards=(lived, UNKNOWN, "no shard was watched"),
)

MOVES = cases(
    "buckets_moved",
    {"least": 1, "paused_s": 1.0},
    one=(lambda: moved(two_shards(), 3), PASS, "1 buckets moved"),
    there_and_back=(lambda: moved(moved(two_shards(), 2), 2, target="shard-1"), PASS, "2 buckets"),
    after_a_death=(lambda: moved(two_shards(), 3, paused_s=None), PASS, "0.000 s"),
    elsewhere=(lambda: moved(two_shards(), 2), FAIL, "1 are elsewhere"),
    too_long=(lambda: moved(two_shards(), 3, paused_s=1.5), FAIL, "1.500 s"),
    none=(two_shards, UNKNOWN, "1 decide it"),
    no_final_read=(lambda: moved(looked(lived(), "shard-1"), 3), UNKNOWN, "no final read"),
    no_shards=(lived, UNKNOWN, "no shard was watched"),
)

QUESTIONS = cases(
    "questions_on_one_shard",
    {"least": 0.5},
    each_once=(lambda: asked(4, (2, 2)), PASS, "asked 4 times"),
    of_both=(lambda: asked(4, (4, 4)), FAIL, "of two shards"),
    of_one_alone=(lambda: asked(4, (4, 0)), FAIL, "not each its share"),
    some_of_none=(lambda: asked(4, (1, 1)), FAIL, "none of theirs"),
    forgotten_by_a_crash=(crashed, PASS, "asked 3 times"),
    no_question=(two_shards, UNKNOWN, "no question"),
    no_shards=(lived, UNKNOWN, "no shard was watched"),
)

CASES = [*PLACES, *OWNERS, *MOVES, *QUESTIONS]

test_each_case = every_case_holds(CASES)
