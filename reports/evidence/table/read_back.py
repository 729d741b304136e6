"""Whether every read was of the target's table: each must find the row that the harness wrote.

A read of another schema shows no impression: without this every one of them would be lost. Where
the row is gone from the very relation that took it, the read was right and something deletes rows.
A final read that does not find the row that was written just before it shows an earlier state, and
one that does not return ids or times as the table holds them changes what it reads.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from harness.ledger.kinds.database import (
    ROW_SECURITY,
    DatabaseSetting,
    Final,
    OtherOwnRow,
    OwnRowUnseen,
    OwnRowWritten,
    OwnShapes,
    OwnTime,
    Poll,
    Relations,
)
from harness.ledger.kinds.network import Quiet, Unquiet
from harness.target.capabilities import Capability
from reports.core.kinds import is_kind, of_kind, payloads
from reports.evidence.frame import LedgerFrames
from reports.evidence.table.shards import unread_shards

_GRAIN_NS = 1_000
"""Both are whole microseconds, one of them by way of a double."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """How often the table was read (``reads``), and what is wrong with that in words (``trouble``).

    ``is_expected``: the reads had to find a row of the harness's own; ``has_final``: the last final
    read was of the table; ``gone``: how many reads found that the row had been deleted from the
    relation that took it; ``copies``: how often the row was found at most; ``shapes``: what became
    of the harness's ids of every likeness.
    """

    reads: int
    trouble: tuple[str, ...]
    is_expected: bool
    has_final: bool
    gone: int
    copies: int
    shapes: tuple[OwnShapes, ...] = ()


def read_back(ledger: LedgerFrames) -> ReadBack:
    """Return whether the reads of the table were of the table that takes the target's rows."""
    return ledger.remembered("read back", lambda: _read_back(ledger))


def _read_back(ledger: LedgerFrames) -> ReadBack:
    database = ledger.database
    written, reads = of_kind(database, OwnRowWritten), of_kind(database, Poll, Final)
    offered = ledger.run.target.capabilities if ledger.run.target else None
    is_expected = not written.empty or Capability.OWN_ROW.key in (offered or ())
    first = set(written["user"].astype(str).head(1))
    deleted = set(_unseen_at(ledger, is_kept=False, users=first))
    own = reads["own_rows"].astype("Int64")
    zero = (own == 0).to_numpy(dtype=bool, na_value=False)
    is_gone = zero & reads["mono_ns"].isin(deleted).to_numpy(dtype=bool)
    trouble = [
        f"{one} of another harness is in the table: two share it"
        for one in of_kind(database, OtherOwnRow)["user"].astype(str).unique()
    ]
    trouble += [*_of_one_name(ledger), *_hidden(ledger)]
    elsewhere = zero & ~is_gone
    if is_expected and written.empty:
        trouble.append("the harness wrote no row of its own into the table")
    elif is_expected:
        after = (reads["mono_ns"] >= int(written["mono_ns"].min())).to_numpy(dtype=bool)
        unasked = int((own.isna().to_numpy(dtype=bool) & after).sum())
        if elsewhere.any():
            trouble.append(
                f"{int(elsewhere.sum())} of {len(reads)} reads were of another table: they did not "
                "find the row that the harness had written"
            )
        if unasked:
            trouble.append(
                f"{unasked} of {len(reads)} reads did not look for the harness's own row"
            )
    finals = is_kind(reads, Final).to_numpy(dtype=bool)
    last_gone = set(_unseen_at(ledger, is_kept=False)) - deleted
    missing = np.zeros(len(reads), dtype=bool)
    missing[finals] = [
        one.last_own_rows == 0 or (one.last_own_rows is None and len(written) > 1)
        for one in payloads(database, Final)
    ]
    shapes = payloads(database, OwnShapes)
    trouble += [
        f"the final read changes what it reads: it returned {one.rows} of {one.kept} ids of the "
        "harness's own as the table holds them"
        for one in shapes
        if one.rows < one.kept
    ]
    trouble += [
        "the final read changes what it reads: it returned a time of the harness's own "
        f"{(one.read_wall_ns - one.stored_wall_ns) / 1e9:+.6f} s off what the table holds"
        for one in payloads(database, OwnTime)
        if abs(one.read_wall_ns - one.stored_wall_ns) > _GRAIN_NS
    ]
    trouble += [*counted_otherwise(ledger), *unread_shards(ledger)]
    is_gone_too = reads["mono_ns"].isin(last_gone | deleted).to_numpy(dtype=bool)
    stale = missing & ~is_gone_too & ~elsewhere
    if stale.any():
        trouble.append(
            "the final read shows an earlier state of the table: it did not find the row that the "
            "harness had written just before it"
        )
    times = reads["mono_ns"].to_numpy(dtype=np.int64)
    last = finals & (times == times[finals].max(initial=0))
    return ReadBack(
        reads=len(reads),
        trouble=tuple(trouble),
        is_expected=is_expected,
        has_final=bool(finals.any()) and not (last & (elsewhere | stale)).any(),
        gone=int(is_gone.sum()) + len(last_gone),
        copies=int(own.max()) if own.notna().any() else 0,
        shapes=tuple(shapes),
    )


def _unseen_at(
    ledger: LedgerFrames, *, is_kept: bool, users: Collection[str] | None = None
) -> list[int]:
    rows = of_kind(ledger.database, OwnRowUnseen)
    return [
        int(at)
        for at, one in zip(rows["mono_ns"], payloads(ledger.database, OwnRowUnseen), strict=True)
        if one.is_kept is is_kept and (users is None or one.user in users)
    ]


def _of_one_name(ledger: LedgerFrames) -> list[str]:
    """Return in words that several relations have the table's name, in whatever schemas."""
    found = {one.names for one in payloads(ledger.database, Relations) if one.rows != 1}
    return [
        f"{len(names)} relations have the table's name: {', '.join(names) or 'none is left'}"
        for names in sorted(found)
    ]


def _hidden(ledger: LedgerFrames) -> list[str]:
    """Return in words that policies choose which rows the harness's reader sees."""
    found = payloads(ledger.database, DatabaseSetting)
    if not any(one.name == ROW_SECURITY and one.value == "on" for one in found):
        return []
    return ["row-level security chooses which rows of the table the harness reads"]


def counted_otherwise(ledger: LedgerFrames) -> list[str]:
    """Return in words that the database counted other rows than the final read found, at rest; of
    the whole ledger, since the database counts the rows of all its parts."""
    rest = of_kind(ledger.network, Quiet, Unquiet).tail(1)
    if ledger.is_part or not is_kind(rest, Quiet).any():
        return []
    return [
        f"the final read found {one.rows} rows, the database counted {one.counted}"
        for one in payloads(ledger.database, Final)[-1:]
        if one.counted is not None and one.counted != one.rows
    ]
