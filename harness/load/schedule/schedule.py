"""Who sends what, when: the whole load as data, computed from the seed while it is needed.

The sessions follow the recorder's model: a view enters the queue, the queue is flushed
``flush_delay_s`` after its first view or when it holds ``batch_size_max`` ids. A schedule is made
window by window in arrays, so that its memory does not grow with the workload; the same workload
and seed give the same slots, ids included, in as many parts as they are dealt out. Nothing here
knows Locust.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.load.schedule.sessions import NEIGHBOURS_EVERY, Sessions, mixed
from harness.load.schedule.shape import arrivals, whole
from harness.load.schedule.workload import Workload
from harness.target.dialect import Dialect, load_user, plain_load_id
from harness.target.neighbours import Likeness, likenesses_of, with_neighbours

__all__ = ["Names", "Slot", "Window", "Workload", "planned", "schedule", "user_name", "windows"]

WINDOW_S = 0.2

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The slots that are due within one stretch of time, as columns, in the order of their time.

    Slot n is ``index[n]`` of the whole schedule, due ``at_ns`` after the start, the batch
    ``sequence`` of a ``session``; its views are ``views[n]`` to ``views[n + 1]`` of ``artwork``
    (numbers in the pool) and ``shown_ns``.
    """

    end_s: float
    index: Ints
    at_ns: Ints
    session: Ints
    sequence: Ints
    batch: npt.NDArray[np.uint64]
    views: Ints
    artwork: Ints
    shown_ns: Ints

    def __len__(self) -> int:
        return len(self.index)

    def part(self, number: int, of: int) -> Window:
        """Return every ``of``-th slot of the whole schedule from ``number`` on."""
        if of == 1:
            return self
        mine = self.index % of == number
        sizes = np.diff(self.views)
        return Window(
            end_s=self.end_s,
            index=self.index[mine],
            at_ns=self.at_ns[mine],
            session=self.session[mine],
            sequence=self.sequence[mine],
            batch=self.batch[mine],
            views=np.concatenate(([0], np.cumsum(sizes[mine]))),
            artwork=self.artwork[np.repeat(mine, sizes)],
            shown_ns=self.shown_ns[np.repeat(mine, sizes)],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One batch: due at ``at_s`` after the start, with ids seen at ``shown_at_s``."""

    at_s: float
    session: int
    sequence: int
    batch: str
    artworks: tuple[str, ...]
    shown_at_s: tuple[float, ...]


def user_name(seed: int, session: int) -> str:
    """Return the user of a session; a session is one user in one tab. Some have neighbours
    instead (``Names``)."""
    return load_user(seed, session)


class Names:
    """The ids of a workload's users and artworks, made once.

    Artworks have the names that the ``dialect`` gives them. Two of each 32 artworks, and of each
    32 users, are neighbours (``harness.target.neighbours``), of kinds that the seed chooses.
    Without a dialect all ids are plain.
    """

    def __init__(self, workload: Workload, seed: int, dialect: Dialect | None = None) -> None:
        artwork_id = dialect.load_artwork_id if dialect else plain_load_id
        likenesses = likenesses_of(dialect) if dialect else ()
        users = [user_name(seed, session) for session in range(workload.sessions)]
        artworks = [artwork_id(number) for number in range(workload.pool)]
        self.users = _some_alike(users, likenesses, seed)
        self.artworks = _some_alike(artworks, likenesses, seed)


def _some_alike(ids: list[str], likenesses: tuple[Likeness, ...], seed: int) -> list[str]:
    return with_neighbours(ids, likenesses, seed, every=NEIGHBOURS_EVERY)


def windows(workload: Workload, seed: int) -> Iterator[Window]:
    """Yield the schedule a fifth of a second at a time; a window without slots is yielded too.

    Views meet sessions in turns when arrivals are even (each session sees at an even pace, the
    sessions spread over it by the seed), and at random when they are Poisson (each session is a
    Poisson process of its own).
    """
    chance = np.random.default_rng(np.random.SeedSequence([seed, 0x10AD]))
    turns = _Turns(workload, chance)
    sessions = Sessions(workload, seed)
    moments = _Stream(workload, chance, turns.extra)
    first, begin_s, index = 0, 0.0, 0
    while True:
        end_s = begin_s + WINDOW_S
        seen_s, ended = moments.until(end_s)
        at_ns = np.rint(seen_s * 1e9).astype(np.int64)
        if workload.arrivals == "even":
            who = turns.take_turns(first, len(at_ns))
            first += len(at_ns)
            at_ns, who = at_ns[who >= 0], who[who >= 0]
        else:
            who = chance.integers(0, workload.sessions, len(at_ns))
        flushes = sessions.see(at_ns, who, until_s=end_s)
        count = len(flushes.at_ns)
        yield Window(
            end_s=end_s,
            index=np.arange(index, index + count),
            at_ns=flushes.at_ns,
            session=flushes.session,
            sequence=flushes.sequence,
            batch=mixed(seed, flushes.session, flushes.sequence + 1),
            views=flushes.views,
            artwork=flushes.artwork,
            shown_ns=flushes.shown_ns,
        )
        index += count
        if ended and not sessions.waiting:
            return
        begin_s = end_s


def schedule(workload: Workload, seed: int, dialect: Dialect | None = None) -> list[Slot]:
    """Return every batch of the workload in the order in which it is due: for small ones.

    The ids are those that ``Names`` gives them.
    """
    names = Names(workload, seed, dialect)
    slots = []
    for window in windows(workload, seed):
        for n in range(len(window)):
            first, last = window.views[n], window.views[n + 1]
            slots.append(
                Slot(
                    at_s=float(window.at_ns[n]) / 1e9,
                    session=int(window.session[n]),
                    sequence=int(window.sequence[n]),
                    batch=f"{window.batch[n]:016x}",
                    artworks=tuple(names.artworks[a] for a in window.artwork[first:last]),
                    shown_at_s=tuple(float(at_ns) / 1e9 for at_ns in window.shown_ns[first:last]),
                )
            )
    return slots


def planned(workload: Workload, seed: int) -> tuple[int, int]:
    """Return how many slots and views the schedule has."""
    slots = views = 0
    for window in windows(workload, seed):
        slots += len(window)
        views += len(window.artwork)
    return slots, views


class _Turns:
    """Sessions that see in turns, round after round, each in its own seat.

    Those that began in one round would flush together, in bursts: they begin over as many rounds
    as there are views in a batch, and end as much later.
    """

    def __init__(self, workload: Workload, chance: np.random.Generator) -> None:
        self._order = chance.permutation(workload.sessions)
        self._count = whole(workload.moments.total)
        spacing_s = workload.sessions / workload.rate_per_s
        views = min(workload.batch_size_max, math.ceil(workload.flush_delay_s / spacing_s))
        self._rounds = 1 if workload.batch else max(1, min(views, workload.sessions))

    @property
    def extra(self) -> int:
        """Return how many seats stay empty, for a session that has not begun or has ended."""
        return (self._rounds - 1) * len(self._order)

    def take_turns(self, first: int, count: int) -> Ints:
        """Return whose turns those are from the ``first`` on; -1 for an empty seat."""
        numbers = np.arange(first, first + count)
        turn, seat = np.divmod(numbers, len(self._order))
        own = (turn - seat % self._rounds) * len(self._order) + seat
        return np.where((own >= 0) & (own < self._count), self._order[seat], -1)


class _Stream:
    """The moments of all views, or of ready batches, taken a window at a time."""

    def __init__(self, workload: Workload, chance: np.random.Generator, extra: int) -> None:
        # Of its own: how many moments are drawn at once must not show in what else is drawn.
        own = np.random.default_rng(chance.integers(0, 2**63))
        self._chunks = arrivals(workload.moments, workload.arrivals, own, extra)
        self._held = np.empty(0)
        self._ended = False

    def until(self, end_s: float) -> tuple[npt.NDArray[np.float64], bool]:
        """Return the moments before ``end_s`` that were not taken yet, and whether it was all."""
        while not self._ended and (len(self._held) == 0 or self._held[-1] < end_s):
            chunk = next(self._chunks, None)
            if chunk is None:
                self._ended = True
            else:
                self._held = np.concatenate((self._held, chunk))
        cut = int(np.searchsorted(self._held, end_s, side="left"))
        taken, self._held = self._held[:cut], self._held[cut:]
        return taken, self._ended and len(self._held) == 0
