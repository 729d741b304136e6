"""The facts that the parts of a run share."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from harness.core.clock import seeded_random
from harness.core.phases import Phases
from harness.faults.base import Fault, held
from harness.faults.request.recording import RecordingRelay
from harness.ledger.files import Ledger
from harness.ledger.kinds import NETWORK
from harness.ledger.rundir import RunPlan
from harness.process.processes import Processes
from harness.target.neighbours import (
    Likeness,
    first_turn,
    likenesses_of,
    pair_of,
    with_neighbours,
)
from harness.target.system import System
from harness.target.target import Site
from harness.witnesses.notifications import Receivers


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What is run, on which site, and where it is recorded.

    ``exits`` is the run's one exit stack: a part enters there what it starts, and all of it ends
    in reverse order when the run does. ``pool`` is the number of artworks of the pool.
    ``shown`` are the impressions (user, artwork) shown so far, by whichever part.
    ``phases`` is how long each part of the run takes, ``relay`` what records the requests that
    arrive at the target, None where its receipts do; ``receivers`` are those whom Alertmanager
    notifies, None without monitoring. ``downed`` are the parts of the target that a fault has had
    down so far, by name.
    """

    plan: RunPlan
    directory: Path
    site: Site
    processes: Processes
    ledger: Ledger
    exits: AsyncExitStack
    pool: int = 200
    shown: set[tuple[str, str]] = field(default_factory=set)
    phases: Phases = field(default_factory=Phases)
    relay: RecordingRelay | None = None
    receivers: Receivers | None = None
    downed: set[str] = field(default_factory=set)

    @property
    def system(self) -> System:
        """Return how the target is spoken to, and its page."""
        return self.site.system

    @property
    def visitor(self) -> str:
        """Return the user who visits when no other is named."""
        return f"visitor-{self.plan.seed}"

    def artwork_id(self, number: int) -> str:
        """Return the id of an artwork of the pool, numbered from 1."""
        return self.system.dialect.artwork_id(number)

    def artworks(self, count: int) -> list[str]:
        """Return ids of artworks of the pool, in an order drawn from the seed.

        Two of each three are neighbours (``harness.target.neighbours``) that stand side by side;
        which kinds these are changes with every seed. Fewer are the first of more. Raises
        ValueError when the pool has not as many.
        """
        pool = [self.artwork_id(number) for number in range(1, self.pool + 1)]
        # All of it: with another count another order would be drawn.
        drawn = seeded_random(self.plan.seed, "artworks").sample(pool, len(pool))
        if count > len(drawn):
            raise ValueError(f"{count} artworks are more than the pool's {len(drawn)}")
        return self.neighbourly(drawn[:count])

    def neighbourly(self, artworks: Iterable[str], *, first: int = 0) -> list[str]:
        """Return the artworks with neighbours among them, of kinds that the seed chooses.

        Another ``first`` begins with other kinds.
        """
        return with_neighbours(artworks, self._likenesses, self._turn + first)

    def two_users(self, stem: str = "", *, first: int = 0) -> tuple[str, str]:
        """Return the names of two visitors that are neighbours, of a kind that the seed chooses.

        They are made of ``stem`` (default: the run's visitor); another ``first`` gives another
        kind.
        """
        return pair_of(self._likenesses, stem or self.visitor, self._turn + first)

    @property
    def _likenesses(self) -> tuple[Likeness, ...]:
        return likenesses_of(self.system.dialect)

    @property
    def _turn(self) -> int:
        """Return the first turn of this run; each scenario begins elsewhere."""
        offset = zlib.crc32(self.plan.scenario.encode()) % 1000
        return first_turn(self._likenesses, self.plan.seed, offset)

    def add_shown(self, user: str, artworks: Iterable[str]) -> None:
        """Add impressions whose rows quiescence waits for."""
        self.shown.update((user, artwork) for artwork in artworks)

    def fault(self, fault: Fault) -> AbstractAsyncContextManager[None]:
        """Hold a fault for the length of the block; its span is recorded as it happened."""
        return held(fault, self.ledger.witness(NETWORK))
