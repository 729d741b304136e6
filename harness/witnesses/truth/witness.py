"""The database witness of a described system: its truth, read again and again.

It does what ``harness.witnesses.database`` does over SQL, by whatever way the target file names:
polls write what appeared and vanished, the last read writes every view. What is not of this run, by
its ids, is left alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from harness.core.clock import NS_PER_S, Instant, now, pause
from harness.core.errors import HarnessError, WaitTimeout
from harness.core.wait import wait_until
from harness.ledger.files import WitnessFile
from harness.ledger.kinds import DATABASE
from harness.ledger.kinds.database import (
    Appeared,
    DatabaseRow,
    Final,
    FinalRow,
    OwnRowUnseen,
    OwnRowWritten,
    Poll,
    StoredRow,
    Vanished,
)
from harness.target.described.ids import ViewIds
from harness.witnesses.database import DatabaseWitness, Key, rest_s
from harness.witnesses.truth.own_view import OwnView, OwnViews
from harness.witnesses.truth.reliance import Reliance
from harness.witnesses.truth.sources import TruthSource

LOOK_EVERY_S = 0.25


GRACE_S = 10.0
"""How much longer than a file allows the harness's own view is waited for."""
LATE_S = 2.0
"""How much later than a file says the harness's own view may come: `harness target check` waits as
long where it says at once."""
_TRIES = 3
"""How many views of the harness's own a system is sent that may lose one."""
_LOOKS = 3
_LOOK_AGAIN_S = 0.5
"""How often, and how far apart, it is read again where a read lacks what one before it showed."""


class Read(NamedTuple):
    """What a read found: (user, artwork) → how often it is stored, of this run, and how many views
    of the harness's own, None where it sent none."""

    rows: Counter[Key]
    own: int | None


class TruthWitness:
    """Polls in a task; ``final`` makes the last, complete read."""

    def __init__(
        self,
        source: TruthSource,
        ids: ViewIds,
        witness: WitnessFile[DatabaseRow],
        *,
        own: OwnViews | None = None,
        settle_s: float = 0.0,
        may_lose: bool = False,
        resets: bool = False,
    ) -> None:
        """With ``own`` no run begins before truth shows a view of the harness's own, which may take
        ``settle_s``, and of which one may get lost where the system ``may_lose`` views. ``resets``:
        the system was emptied before."""
        self._source = source
        self._own = own
        self._proof: OwnView | None = None
        self._settle_s = settle_s
        self._may_lose = may_lose
        self._resets = resets
        self._reliance = Reliance()
        self._ids = ids
        self._witness = witness
        self._known = Counter[Key]()
        self._polls = 0
        self._reading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    async def start(self) -> None:
        """Read once and start polling.

        Raises HarnessError when truth cannot be read, already holds ids of this run, or does not
        show a view that the system accepted.
        """
        if (await self._read()).rows:
            raise HarnessError(
                "what is stored already has ids of this run: an earlier run's are like them",
                hint="Run again, or let [reset] empty the system before each run",
            )
        if self._own is not None:
            await self._prove(self._own)
        self._task = asyncio.create_task(self._poll_forever())

    async def _prove(self, own: OwnViews) -> None:
        """Send a view of the harness's own and wait until truth shows it.

        Raises HarnessError when it does not, or so late that what is read at the end of a run would
        not be all that is stored.
        """
        within_s = self._settle_s + GRACE_S
        without_ns = 0

        async def is_there() -> bool:
            nonlocal without_ns
            began_ns = now().mono_ns
            if (await self._read()).own:
                return True
            without_ns = began_ns
            return False

        for _ in range(_TRIES if self._may_lose else 1):
            view = await own.send()
            accepted_ns = without_ns = now().mono_ns
            with contextlib.suppress(WaitTimeout):
                await wait_until(
                    "truth shows the harness's own view",
                    is_there,
                    timeout_s=within_s,
                    interval_s=LOOK_EVERY_S,
                )
                self._refuse_late((without_ns - accepted_ns) / NS_PER_S)
                self._proof = view
                self._witness.saw(OwnRowWritten(user=view.user, artwork=view.artwork, relation=""))
                return
            await self._refuse_another_spelling(view)
        raise HarnessError(
            f"[truth] does not show a view that the system accepted {within_s:g} s before: it "
            "reads another place, or nothing is stored",
            hint="`harness target check` shows what is read; settle_s is how long it may take",
        )

    async def _refuse_another_spelling(self, view: OwnView) -> None:
        """Raise HarnessError where truth shows the view, but its id or its user as another text."""
        async with self._reading:
            stored = await self._source.read()
        for one in stored:
            if _letters(one.id) != _letters(view.sent):
                continue
            shown = f"[truth] shows the view {view.sent}"
            is_other = one.id != view.sent
            if is_other and one.id.casefold() == view.sent.casefold():
                raise HarnessError(
                    f"{shown} as {one.id}: no id of this run would be found again",
                    hint="Write case_sensitive = false in [ids]",
                )
            if is_other:
                raise HarnessError(
                    f"{shown} as {one.id!r}: no id of this run would be found again",
                    hint="Let [truth] return ids as they were sent: a column of a fixed length, "
                    "for one, adds spaces",
                )
            if one.user is not None and one.user != view.user:
                raise HarnessError(
                    f"{shown} as one of {one.user!r}, and {view.user!r} made it: no view of this "
                    "run would be found again",
                    hint="Let user_id be what {user} was, or leave it out of [truth]",
                )

    def _refuse_late(self, late_s: float) -> None:
        """Raise HarnessError where a read that began ``late_s`` after the system had accepted a
        view did not show it, and the file promises sooner."""
        if late_s > self._settle_s + LATE_S:
            raise HarnessError(
                f"[truth] did not show a view {late_s:.1f} s after the system had accepted it, and "
                f"then did: settle_s is {self._settle_s:g}, and what is not there yet would count "
                "as lost",
                hint=f"Write settle_s = {math.ceil(2 * late_s)} in [truth], or read past what "
                "holds views back, such as a cache",
            )

    async def stored(self, ids: ViewIds) -> set[Key]:
        """Return the views that are stored now and whose ids are of these, this run's or not."""
        async with self._reading:
            views = await self._source.read()
        found = (ids.view(one.id, one.user) for one in views)
        return {view for view in found if view is not None}

    async def stop(self) -> None:
        """Stop polling and let go of the source."""
        self._stop.set()
        if self._task is not None:
            await self._task
            self._task = None
        await self._source.close()

    def failure(self) -> str:
        """Return why it polls no longer although it was not stopped; empty while it does."""
        if self._task is None or not self._task.done() or self._stop.is_set():
            return ""
        error = None if self._task.cancelled() else self._task.exception()
        return f"its task ended: {error!r}"

    async def count(self) -> int:
        """Return the number of views of this run that are stored now."""
        return (await self._read()).rows.total()

    async def holds(self, impressions: Iterable[Key]) -> bool:
        """Return whether every one of the impressions is stored now."""
        return set(impressions) <= (await self._read()).rows.keys()

    async def active_inserts(self) -> int:
        """Return 0: what the system has under way is not seen."""
        return 0

    async def rely(self, shown: Collection[Key], *, was_down: bool) -> None:
        """Raise HarnessError where what was shown and is not there, all being at rest, may be no
        loss of the system's: truth shows it now and then, or ends before all is shown, or [reset]
        went on after its answer.

        ``was_down``: a fault had a part of the system down, with which its views may have gone.
        """
        rows, own = await self._read()
        await self._refuse_flicker(rows, own)
        if self._resets and self._proof is not None and own == 0 and not was_down:
            raise HarnessError(
                "the view that the harness had sent before anybody looked was stored, and is gone: "
                "[reset] may have gone on after its answer",
                hint="A run needs no reset: its ids are new. Leave [reset] out to see whether the "
                "system deletes it",
            )
        if doubt := self._reliance.doubt(shown, was_down=was_down):
            raise HarnessError(
                f"[truth] {doubt}",
                hint="It must show every view, page by page with `next`, and fail where it cannot",
            )

    async def final(self) -> int:
        """Read everything and record every view; return how many of this run are stored.

        Raises HarnessError where reads show views, then not, and then again.
        """
        at, polls = now(), self._polls
        rows, own = await self._read()
        await self._refuse_flicker(rows, own)
        self._note_changes(at, rows)
        self._note(at, FinalRow, rows)
        self._witness.saw(Final(rows=rows.total(), own_rows=own, polls=polls), at=at)
        self._note_unseen(at, own)
        return rows.total()

    async def _refuse_flicker(self, rows: Counter[Key], own: int | None) -> None:
        """Raise HarnessError where the last read lacks what one before it showed, and one after it
        shows that again: nothing was sent meanwhile."""
        absent = self._reliance.ever - rows.keys()
        is_gone = self._proof is not None and own == 0
        for _ in range(_LOOKS if absent or is_gone else 0):
            await pause(_LOOK_AGAIN_S)
            again = await self._read()
            if (is_gone and again.own) or not absent.isdisjoint(again.rows):
                raise HarnessError(
                    f"[truth] shows views, then not, and then again: one read lacks "
                    f"{len(absent)} that others have",
                    hint="Does it answer with nothing where it failed? Or is it read from several "
                    "places, of which one is behind?",
                )

    async def violate(self) -> None:
        """Do nothing: the system is only read."""

    async def violations(self, log: Path) -> None:
        """Do nothing: there is no log of a database."""

    async def _poll_forever(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            with contextlib.suppress(HarnessError):
                # A poll that fails leaves no ``poll`` row: the system may be down.
                at = now()
                rows, own = await self._read()
                self._note_changes(at, rows)
                self._polls += 1
                poll = Poll(rows=self._known.total(), own_rows=own, number=self._polls)
                self._witness.saw(poll, at=at)
                self._note_unseen(at, own)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), rest_s(time.monotonic() - began))

    async def _read(self) -> Read:
        async with self._reading:
            views = await self._source.read()
        found = (self._ids.view(view.id, view.user) for view in views)
        rows = Counter(key for key in found if key is not None)
        self._reliance.note(len(views), rows)
        return Read(rows, self._own.count(views) if self._own is not None else None)

    def _note_unseen(self, at: Instant, own: int | None) -> None:
        """Record that a read does not find the harness's own view any more: the system lost it."""
        if self._proof is not None and own == 0:
            user, artwork = self._proof.user, self._proof.artwork
            self._witness.saw(OwnRowUnseen(user=user, artwork=artwork, is_kept=False), at=at)

    def _note_changes(self, at: Instant, rows: Counter[Key]) -> None:
        # What is there was there by the end of the read, which is now; what is gone was gone when
        # it began.
        self._note(now(), Appeared, {k: n for k, n in rows.items() if self._known[k] != n})
        for user, artwork in self._known.keys() - rows.keys():
            self._witness.saw(Vanished(user=user, artwork=artwork), at=at)
        self._known = rows

    def _note(self, at: Instant, kind: type[StoredRow], rows: dict[Key, int]) -> None:
        if not rows:
            return
        columns = {
            "mono_ns": np.full(len(rows), at.mono_ns),
            "wall_ns": np.full(len(rows), at.wall_ns),
            "user": [user for user, _ in rows],
            "artwork": [artwork for _, artwork in rows],
            "copies": list(rows.values()),
        }
        self._witness.append(DATABASE.batch(kind, columns, len(rows)))


def _letters(text: str) -> str:
    """Return the letters and digits of a text, which spellings of an id have in common."""
    return "".join(one for one in text.casefold() if one.isalnum())


StoredWitness = DatabaseWitness | TruthWitness
"""What reads back what is stored, whatever the way."""
