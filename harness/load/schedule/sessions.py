"""The sessions' queues, all at once in arrays: which view is in which batch, and when it leaves.

The recorder's rule (``servers/client``): a batch leaves ``flush_delay_s`` after its first view, or
with the view that fills it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.load.schedule.workload import Workload

Ints = npt.NDArray[np.int64]

NEIGHBOURS_EVERY = 32
"""Of each 32 sessions the first two have neighbours for users, and see the same artworks; of each
32 artworks the first two are neighbours."""

_SESSION_SHIFT = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Flushes:
    """Batches in the order in which they leave, as columns.

    ``number`` says how many views of the session came before the batch's first; ``views[n]`` to
    ``views[n + 1]`` of ``shown_ns`` and ``artwork`` belong to batch n.
    """

    at_ns: Ints
    session: Ints
    sequence: Ints
    views: Ints
    artwork: Ints
    shown_ns: Ints


class Sessions:
    """The queues of all sessions of a workload."""

    def __init__(self, workload: Workload, seed: int) -> None:
        self._workload = workload
        self._delay_ns = round(workload.flush_delay_s * 1e9)
        count = workload.sessions
        self._opened_ns = np.zeros(count, dtype=np.int64)
        self._held = np.zeros(count, dtype=np.int64)
        self._sequence = np.zeros(count, dtype=np.int64)
        self._given = np.zeros(count, dtype=np.int64)
        # Each session begins elsewhere in the pool: visitors do not all see the same at once.
        leads = np.arange(count)
        leads[1::NEIGHBOURS_EVERY] -= 1
        self._begins = (mixed(seed, leads, 0) % np.uint64(workload.pool)).astype(np.int64)
        self._waiting = tuple(np.empty(0, dtype=np.int64) for _ in range(3))
        self._left = workload.total

    @property
    def waiting(self) -> bool:
        """Return whether a queue holds anything."""
        return bool(self._held.any())

    def see(self, at_ns: Ints, who: Ints, *, until_s: float) -> Flushes:
        """Let sessions see artworks at such moments, in order; return what leaves before then.

        With ready batches each moment is a batch.
        """
        if self._workload.batch:
            return self._ready(at_ns, who)
        left: list[tuple[Ints, ...]] = []
        order = np.lexsort((at_ns, who))
        who, at_ns = who[order], at_ns[order]
        sequence = self._queue(who, at_ns, left)
        due_ns = self._opened_ns + self._delay_ns
        over = np.flatnonzero((self._held > 0) & (due_ns < round(until_s * 1e9)))
        self._close(over, due_ns[over], left)
        new = (who, sequence, at_ns)
        views = tuple(
            np.concatenate((old, more)) for old, more in zip(self._waiting, new, strict=True)
        )
        return self._sorted(left, views)

    def _queue(self, who: Ints, at_ns: Ints, left: list[tuple[Ints, ...]]) -> Ints:
        """Put the views, sorted by session and time, into queues; return each one's batch."""
        sequence = np.zeros(len(who), dtype=np.int64)
        if not len(who):
            return sequence
        starts = np.flatnonzero(np.concatenate(([True], who[1:] != who[:-1])))
        sizes = np.diff(np.concatenate((starts, [len(who)])))
        for rank in range(int(sizes.max())):  # the first view of every session, the second, …
            place = starts[sizes > rank] + rank
            session, now_ns = who[place], at_ns[place]
            due_ns = self._opened_ns[session] + self._delay_ns
            over = (self._held[session] > 0) & (now_ns >= due_ns)
            self._close(session[over], due_ns[over], left)
            fresh = self._held[session] == 0
            self._opened_ns[session[fresh]] = now_ns[fresh]
            self._held[session] += 1
            sequence[place] = self._sequence[session]
            full = self._held[session] >= self._workload.batch_size_max
            self._close(session[full], now_ns[full], left)
        return sequence

    def _close(self, session: Ints, due_ns: Ints, left: list[tuple[Ints, ...]]) -> None:
        size = self._held[session]
        left.append((due_ns, session, self._sequence[session], size, self._given[session]))
        self._given[session] += size
        self._sequence[session] += 1
        self._held[session] = 0

    def _sorted(self, left: list[tuple[Ints, ...]], views: tuple[Ints, ...]) -> Flushes:
        """Return what leaves in the order of its time, each batch with its views."""
        columns = [np.concatenate(parts) for parts in zip(*left, strict=True)]
        order = np.lexsort((columns[1], columns[0]))
        due_ns, session, sequence, size, given = (column[order] for column in columns)
        key = (session << _SESSION_SHIFT) | sequence
        by_key = np.argsort(key)
        wanted = (views[0] << _SESSION_SHIFT) | views[1]
        place = np.searchsorted(key[by_key], wanted)
        leaves = place < len(key)
        leaves[leaves] = key[by_key[place[leaves]]] == wanted[leaves]
        self._waiting = tuple(column[~leaves] for column in views)
        batch, shown_ns = by_key[place[leaves]], views[2][leaves]
        return self._flushes(
            due_ns, session, sequence, size, given, shown_ns[np.lexsort((shown_ns, batch))]
        )

    def _ready(self, at_ns: Ints, who: Ints) -> Flushes:
        """Return a full batch for each moment; the workload's last one may be smaller."""
        size = np.full(len(who), self._workload.batch, dtype=np.int64)
        over = np.cumsum(size) - self._left
        size = np.where(over > 0, np.maximum(size - over, 1), size)
        self._left -= int(size.sum())
        order = np.argsort(who, kind="stable")
        sequence, given = np.zeros_like(size), np.zeros_like(size)
        for n in order:  # a few dozen a window: ready batches are few
            session = who[n]
            sequence[n], given[n] = self._sequence[session], self._given[session]
            self._sequence[session] += 1
            self._given[session] += size[n]
        return self._flushes(at_ns, who, sequence, size, given, np.repeat(at_ns, size))

    def _flushes(
        self, at_ns: Ints, session: Ints, sequence: Ints, size: Ints, given: Ints, shown_ns: Ints
    ) -> Flushes:
        views = np.concatenate(([0], np.cumsum(size)))
        within = np.arange(views[-1]) - np.repeat(views[:-1], size)
        number = np.repeat(given + self._begins[session], size) + within
        return Flushes(
            at_ns=at_ns,
            session=session,
            sequence=sequence,
            views=views,
            artwork=number % self._workload.pool,
            shown_ns=shown_ns,
        )


def mixed(seed: int, session: Ints, sequence: Ints | int) -> npt.NDArray[np.uint64]:
    """Return 64 well-mixed bits for each pair, the same on every machine.

    SplitMix64's finalizer (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators,
    2014), once for each of the three numbers.
    """
    state = np.zeros(len(session), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for part in (np.uint64(seed % 2**64), session, sequence):
            state = state + np.asarray(part).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state = state ^ (state >> np.uint64(31))
    return state
