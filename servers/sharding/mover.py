"""Moves buckets between shards while both serve, and puts right what a mover that died has left."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from servers.sharding import steps
from servers.sharding.buckets import first_shard_of
from servers.sharding.layout import MOVED, OPEN, OWNED, PAUSED, BucketMap, epoch_of, merged
from servers.sharding.steps import MoveError, ShardSession

Report = Callable[[Mapping[str, object]], None]
Before = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Move:
    """Buckets that go from one shard to another, both counted from 0."""

    source: int
    target: int
    buckets: tuple[int, ...]


@dataclass(slots=True)
class Mover:
    """Moves buckets of ``shards``. ``report`` is given what was done, ``before`` the name of each
    step that is about to be taken."""

    shards: Sequence[ShardSession]
    report: Report
    before: Before = field(default=lambda step: None)

    def owners(self) -> BucketMap:
        """Return who owns each bucket now, by what the shards say."""
        return merged({shard.number: _owned(shard) for shard in self.shards})

    def move(self, move: Move) -> None:
        """Move buckets one after the other; only the one that is switched waits meanwhile.

        Raises MoveError where a bucket is not the source's, psycopg.Error where a shard is away.
        """
        self._move(move, self.shards[move.source], self.shards[move.target])

    def _move(self, move: Move, source: ShardSession, target: ShardSession) -> None:
        self._check(move)
        steps.remove_rows(target, move.buckets)  # what a move that was undone has left
        self.before("publish")
        steps.publish(source, target, move.buckets)
        self.before("reserve")
        steps.reserve(source, target)
        self.before("copy")
        began_s = time.monotonic()
        steps.copy(source, target)
        self._say("copied", move, seconds=time.monotonic() - began_s)
        for bucket in move.buckets:
            self._switch(source, target, bucket)
        self.before("clean-up")
        self._clean_up(source, target, move.buckets)
        self._say("moved", move)

    def grow(self, shards: int) -> None:
        """Spread the buckets over the first ``shards``, from each source at the same time."""
        owners = self.owners()
        moves: dict[tuple[int, int], list[int]] = {}
        for bucket, owned in sorted(owners.items()):
            wanted = first_shard_of(bucket, shards)
            if wanted != owned.shard:
                moves.setdefault((owned.shard, wanted), []).append(bucket)
        planned = [Move(source, target, tuple(own)) for (source, target), own in moves.items()]
        if not planned:
            return
        with ThreadPoolExecutor(len(planned)) as pool:
            for done in [pool.submit(self._move_beside, one) for one in planned]:
                done.result()

    def _move_beside(self, move: Move) -> None:
        """Move with sessions of its own: a paused bucket waits for no other move's copying."""
        with (
            steps.connected_again(self.shards[move.source]) as source,
            steps.connected_again(self.shards[move.target]) as target,
        ):
            self._move(move, source, target)

    def recover(self) -> None:
        """Put right what a mover that died has left: go back where a bucket has not left its source
        yet, go on where it has."""
        for source in self.shards:
            left = [bucket for bucket, state, _ in _owned(source) if state == MOVED]
            paused = [bucket for bucket, state, _ in _owned(source) if state == PAUSED]
            targets = steps.targets_of(source)
            for bucket in paused:
                steps.resume(source, bucket)
                self.report({"step": "resumed", "bucket": bucket, "source": source.number + 1})
            self._go_on(source, left, targets)
            for number in targets:
                self._undo(source, self.shards[number])

    def _switch(self, source: ShardSession, target: ShardSession, bucket: int) -> None:
        self.before("pause")
        began_s = time.monotonic()
        steps.pause(source, bucket)
        try:
            self.before("catch-up")
            steps.catch_up(source, target)
            self.before("leave")
        except MoveError:
            steps.resume(source, bucket)
            raise
        steps.leave(source, bucket)
        self.before("switch")
        epoch = epoch_of(self.owners()) + 1
        steps.switch(target, bucket, epoch)
        self.report(
            {
                "step": "switched",
                "bucket": bucket,
                "source": source.number + 1,
                "target": target.number + 1,
                "epoch": epoch,
                "paused_s": round(time.monotonic() - began_s, 6),
            }
        )

    def _go_on(self, source: ShardSession, left: Sequence[int], targets: Sequence[int]) -> None:
        """Let the target own what has left its source: all of it is there."""
        owners = self.owners()
        for bucket in left:
            if bucket not in owners:
                receiving = [n for n in targets if steps.is_copying(source, self.shards[n])]
                if len(receiving) != 1:
                    raise MoveError(f"where bucket {bucket} went is not known: {receiving}")
                target = self.shards[receiving[0]]
                epoch = epoch_of(self.owners()) + 1
                steps.switch(target, bucket, epoch)
                self.report(
                    {
                        "step": "switched",
                        "bucket": bucket,
                        "source": source.number + 1,
                        "target": target.number + 1,
                        "epoch": epoch,
                    }
                )
        if left and not targets:
            self._remove_left(source, left)

    def _undo(self, source: ShardSession, target: ShardSession) -> None:
        """End a copying, and remove what each of the two holds and does not own."""
        steps.end_copying(source, target)
        owners = self.owners()
        mine = [bucket for bucket, owned in owners.items() if owned.shard != target.number]
        steps.remove_rows(target, mine)
        left = [bucket for bucket, state, _ in _owned(source) if state == MOVED]
        self._remove_left(source, left)
        steps.unpublish(source, target)
        self.report({"step": "cleaned", "source": source.number + 1, "target": target.number + 1})

    def _clean_up(self, source: ShardSession, target: ShardSession, buckets: Sequence[int]) -> None:
        steps.end_copying(source, target)
        self.before("remove")
        self._remove_left(source, buckets)
        steps.unpublish(source, target)

    def _remove_left(self, source: ShardSession, buckets: Sequence[int]) -> None:
        """Remove rows of buckets that another shard owns; of no other ever."""
        owners = self.owners()
        if mine := [b for b in buckets if b not in owners or owners[b].shard == source.number]:
            raise MoveError(f"no other shard owns the buckets {mine}: their rows stay")
        if buckets:
            steps.remove_rows(source, buckets)
        for bucket in buckets:
            steps.forget(source, bucket)

    def _check(self, move: Move) -> None:
        if move.source == move.target:
            raise MoveError("a bucket cannot move to the shard that it is on")
        owners = self.owners()
        for bucket in move.buckets:
            owned = owners.get(bucket)
            if owned is None or owned.shard != move.source or owned.state != OPEN:
                where = "no shard" if owned is None else f"shard {owned.shard + 1}, {owned.state}"
                raise MoveError(f"bucket {bucket} is on {where}, not on shard {move.source + 1}")

    def _say(self, step: str, move: Move, **more: object) -> None:
        self.report(
            {
                "step": step,
                "buckets": len(move.buckets),
                "source": move.source + 1,
                "target": move.target + 1,
                **more,
            }
        )


def _owned(shard: ShardSession) -> list[tuple[int, str, int]]:
    return [(int(b), str(s), int(e)) for b, s, e in shard.ask(OWNED)]
