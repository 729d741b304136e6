"""Some users of a large ledger: what is about them is kept, and of all other users nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.ledger.kinds import DATABASE, VIEWER
from harness.ledger.kinds.base import KIND, leaves, name_of
from harness.ledger.kinds.database import OwnRow
from harness.ledger.stored import read_end, read_run
from reports.evidence.columnar import LISTED
from reports.evidence.frame import missing_files
from reports.evidence.parts import ledger as parts
from reports.evidence.parts.ledger import PartedLedger, size_of
from reports.evidence.parts.spill import Spill
from reports.judging.parts.named import Named

_OWN = pa.array([name_of(one) for one in leaves(OwnRow)])


@contextmanager
def in_buckets(directory: Path, count: int) -> Iterator[PartedLedger]:
    """Divide a run's ledger into a number of buckets for the block's time: the same users in the
    same ones, whatever the run. Raises as ``read_ledger`` does."""
    with closing(Spill(count)) as spill:
        yield _read(directory, spill)


@contextmanager
def about(directory: Path, named: Named) -> Iterator[PartedLedger]:
    """Read what a run's ledger has about the users that ``named`` may mean, for the block's time:
    those whose names it has in one part; and if it may mean an artwork or a batch of others, these
    too, in a second reading.

    Raises as ``read_ledger`` does.
    """
    with closing(_Chosen(1, named.has, named)) as first:
        ledger = _read(directory, first)
        users = {one for one in first.meant if one is not None and not named.has(one)}
        if not users:
            yield ledger
            return
        share = (len(users) + first.kept) / max(1, first.kept + first.left_out)
    count = max(1, round(buckets_for(directory) * min(1.0, share)))
    with closing(_Chosen(count, lambda user: user in users or named.has(user))) as second:
        yield _read(directory, second)


def buckets_for(directory: Path) -> int:
    """Return the number of buckets in which a run's ledger is read."""
    return max(1, -(-size_of(directory) // parts.PART_BYTES))


def _read(directory: Path, spill: Spill) -> PartedLedger:
    end = read_end(directory)
    spill.read(directory, end)
    gaps = [] if end is not None else ["the run has no end: it was cut short"]
    ledger = PartedLedger(directory, read_run(directory), end, spill, [])
    ledger.read_common(gaps)
    ledger.gaps = (*gaps, *spill.gaps, *missing_files(directory, end))
    return ledger


class _Chosen(Spill):
    """The parts of some users: those for whom ``keeps`` holds.

    After ``read``: ``kept`` and ``left_out`` are how many users there are, and ``meant`` those
    about whom a row is that ``named`` may mean, kept or not.
    """

    def __init__(
        self, parts: int, keeps: Callable[[str], bool], named: Named | None = None
    ) -> None:
        super().__init__(parts)
        self.meant: set[str | None] = set()
        self._keeps = keeps
        self._named = named
        self._known: dict[str, bool] = {}
        self._spans = pa.array(sorted(named.spans) if named else [], pa.string())
        self._texts = pa.array(named.texts if named else [], pa.string())

    @property
    def kept(self) -> int:
        """Return how many users are kept."""
        return sum(self._known.values())

    @property
    def left_out(self) -> int:
        """Return how many users are not kept."""
        return len(self._known) - self.kept

    def _divide(self, name: str, piece: pa.Table) -> None:
        if name in (VIEWER.name, DATABASE.name) and piece.num_rows:  # the clocks are those of all
            apart = pc.min_max(pc.subtract(piece["wall_ns"], piece["mono_ns"])).as_py()
            self._offsets += [one for one in apart.values() if one is not None]
        users = [one for one in pc.unique(piece["user"]).to_pylist() if one is not None]
        for user in users:
            if user not in self._known:
                self._known[user] = self._keeps(user)
        wanted = pa.array([user for user in users if self._known[user]], pa.string())
        mine = pc.or_(pc.is_in(piece["user"], value_set=wanted), pc.is_null(piece["user"]))
        if KIND in piece.schema.names:
            mine = pc.or_(mine, pc.is_in(piece[KIND], value_set=_OWN))
        if self._named is not None:
            self._note_meant(piece)
        super()._divide(name, piece.filter(mine))

    def _note_meant(self, piece: pa.Table) -> None:
        """Note the users of rows about an artwork that is one of the texts, or a batch in one."""
        rows = []
        if "artwork" in piece.schema.names:
            rows.append(np.flatnonzero(pc.is_in(piece["artwork"], value_set=self._texts)))
        if LISTED in piece.schema.names:
            lists = pa.concat_arrays(piece[LISTED].chunks) if piece.num_rows else piece[LISTED]
            hits = np.flatnonzero(pc.is_in(pc.list_flatten(lists), value_set=self._texts))
            rows.append(np.asarray(pc.list_parent_indices(lists))[hits])
        if "batch" in piece.schema.names:
            rows.append(np.flatnonzero(pc.is_in(piece["batch"], value_set=self._spans)))
        for found in rows:
            if len(found):
                self.meant |= set(pc.unique(piece["user"].take(pa.array(found))).to_pylist())
