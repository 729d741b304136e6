"""Buckets move with all that was stored; a mover that dies leaves nothing lost or doubled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import psycopg
import pytest

from servers.sharding import steps
from servers.sharding.buckets import BUCKETS, bucket_of, first_shard_of
from servers.sharding.layout import OPEN
from servers.sharding.mover import Move
from servers.sharding.steps import MoveError
from tests.servers.sharding.clusters import stored_on, trial, users_of

pytestmark = [pytest.mark.stack, pytest.mark.slow]

GOES_BACK = ("publish", "reserve", "copy", "pause", "catch-up", "leave")
ROUND = (Move(0, 1, (2, 4)), Move(1, 0, (5, 7)), Move(0, 2, (6,)), Move(1, 2, (3,)))
GOES_ON = ("switch", "clean-up", "remove")


def test_moving_dying_recovering_and_growing_lose_and_double_nothing(tmp_path: Path) -> None:
    with trial(tmp_path) as one:
        users = [user for bucket in (2, 4, 6) for user in users_of(bucket, 3)]
        with stored_on(one.shards.dsns[0], users, "a") as taken:
            assert all(taken)
        wanted = {(user, "a"): 1 for user in users}

        with one.mover() as mover:
            mover.move(Move(0, 2, (2,)))
            with pytest.raises(MoveError, match="bucket 2 is on shard 3"):
                mover.move(Move(0, 2, (2,)))
        assert one.stored() == wanted
        assert one.is_in_its_place()
        assert one.owners()[2].epoch == 2
        with stored_on(one.shards.dsns[0], users_of(2, 1), "b") as taken:
            assert taken == [False]
        with stored_on(one.shards.dsns[2], users_of(2, 1), "b") as taken:
            assert taken == [True]
        wanted[users_of(2, 1)[0], "b"] = 1

        for step in (*GOES_BACK, *GOES_ON):
            one.dies_before(step, Move(0, 2, (4,)))
            assert one.recovers() or step == "publish"
            assert (step, one.stored()) == (step, wanted)
            owned = one.owners()
            assert len(owned) == BUCKETS
            assert all(each.state == OPEN for each in owned.values())
            assert (step, owned[4].shard) == (step, 2 if step in GOES_ON else 0)
            assert one.is_in_its_place()
            assert one.recovers() == []
            if step in GOES_ON:
                with one.mover() as mover:
                    mover.move(Move(2, 0, (4,)))

        one.killed_before("switch", "move", "--from", "1", "--to", "3", "4")
        assert 4 not in one.owners()
        code, rows, words = one.run("recover")
        assert (code, words) == (0, "")
        assert [row["step"] for row in rows] == ["switched", "cleaned"]
        code, rows, words = one.run("grow", "--to", "3")
        assert (code, words) == (0, "")
        owners = one.owners()
        assert all(each.shard == first_shard_of(bucket, 3) for bucket, each in owners.items())
        assert one.stored() == wanted
        assert one.is_in_its_place()
        paused = [row["paused_s"] for row in rows if row["step"] == "switched"]
        assert max(paused) < 30
        print("paused at most", max(paused), "of", len(paused))


def test_moves_in_opposite_directions_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with trial(tmp_path) as one, one.mover() as mover:
        users = [user for bucket in (2, 4, 5, 7) for user in users_of(bucket, 2)]
        for shard in (0, 1):
            mine = [user for user in users if first_shard_of(bucket_of(user), 2) == shard]
            with stored_on(one.shards.dsns[shard], mine, "a") as taken:
                assert all(taken)
        gate = Barrier(len(ROUND), timeout=30)
        mover.before = lambda step: gate.wait() and None if step in ("reserve", "copy") else None
        pool = ThreadPoolExecutor(len(ROUND))
        try:
            done = [pool.submit(mover._move_beside, move) for move in ROUND]
            for each in done:
                each.result(timeout=60)
        finally:
            # What hangs ends with the clusters, which stop only after this.
            pool.shutdown(wait=False)
        assert one.stored() == {(user, "a"): 1 for user in users}
        assert one.is_in_its_place()


def test_who_writes_for_too_long_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "RESERVED_S", 0.5)
    with (
        trial(tmp_path) as one,
        psycopg.connect(one.shards.dsns[0], application_name="a report") as busy,
        one.mover() as mover,
    ):
        busy.execute("CREATE TABLE kept_open (n int)")
        with pytest.raises(MoveError, match=r"shard 1 end .* \(a report\) has written for \d+ s"):
            mover.move(Move(0, 2, (2,)))
        busy.rollback()
        assert one.recovers()
        mover.move(Move(0, 2, (2,)))


def test_what_cannot_be_done_has_its_reason_in_one_line(tmp_path: Path) -> None:
    with trial(tmp_path) as one:
        for words in (
            ("move", "--from", "1", "--to", "1", "2"),
            ("move", "--from", "1", "--to", "9", "2"),
            ("move", "--from", "1", "--to", "3", "256"),
            ("move", "--from", "1", "--to", "3", "1"),
            ("grow", "--to", "4"),
        ):
            code, rows, words_of_it = one.run(*words)
            assert (code, rows) == (1, [])
            assert len(words_of_it.splitlines()) == 1
        assert one.run("show")[1][-1] == {"epoch": 1, "owned": BUCKETS}
