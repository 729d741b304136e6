"""Who sends what, when: the whole load as data, computed from the seed before it starts.

The sessions follow the recorder's model: a view enters the queue, the queue is flushed
``flush_delay_s`` after its first view or when it holds ``batch_size_max`` ids. Nothing here knows
Locust.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.clock import seeded_random
from harness.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Sessions that each see ``impressions`` artworks at an even pace, all within ``duration_s``.

    Raises UsageError when the duration leaves no time beyond one flush period.
    """

    sessions: int
    impressions: int
    duration_s: float
    flush_delay_s: float = 2.0
    batch_size_max: int = 200

    def __post_init__(self) -> None:
        if self.sessions < 1 or self.impressions < 1 or self.batch_size_max < 1:
            raise UsageError("a workload needs sessions, impressions and a batch size")
        if self.duration_s <= self.flush_delay_s:
            raise UsageError(
                f"a workload of {self.duration_s:g} s is over before the first flush "
                f"after {self.flush_delay_s:g} s"
            )

    @property
    def spacing_s(self) -> float:
        """Return the time between two views of one session."""
        return (self.duration_s - self.flush_delay_s) / self.impressions

    @property
    def total(self) -> int:
        """Return the number of impressions of all sessions."""
        return self.sessions * self.impressions


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
    """Return the user of a session; a session is one user in one tab."""
    return f"load-{seed}-{session:05d}"


def schedule(workload: Workload, seed: int) -> list[Slot]:
    """Return every batch of the workload in the order in which it is due.

    Each session starts at its own seeded phase within one flush period: sessions that began
    together would flush together, in bursts. The same workload and seed give the same slots, ids
    included.
    """
    slots: list[Slot] = []
    for session in range(workload.sessions):
        slots += _session_slots(workload, seed, session)
    return sorted(slots, key=lambda slot: (slot.at_s, slot.session))


def _session_slots(workload: Workload, seed: int, session: int) -> Iterator[Slot]:
    chance = seeded_random(seed, f"load session {session}")
    phase_s = chance.random() * workload.flush_delay_s
    seen = [
        (phase_s + n * workload.spacing_s, f"load-{n:06d}") for n in range(workload.impressions)
    ]
    for sequence, views in enumerate(_flushes(workload, seen)):
        full = len(views) == workload.batch_size_max
        yield Slot(
            at_s=views[-1][0] if full else views[0][0] + workload.flush_delay_s,
            session=session,
            sequence=sequence,
            batch=f"{chance.getrandbits(64):016x}",
            artworks=tuple(artwork for _, artwork in views),
            shown_at_s=tuple(at_s for at_s, _ in views),
        )


def _flushes(
    workload: Workload, seen: Sequence[tuple[float, str]]
) -> Iterator[list[tuple[float, str]]]:
    waiting: list[tuple[float, str]] = []
    for at_s, artwork in seen:
        if waiting and at_s >= waiting[0][0] + workload.flush_delay_s:
            yield waiting
            waiting = []
        waiting.append((at_s, artwork))
        if len(waiting) == workload.batch_size_max:
            yield waiting
            waiting = []
    if waiting:
        yield waiting
