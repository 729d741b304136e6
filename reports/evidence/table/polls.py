"""Polls of the table beside one another: none is missing, and each counts what appeared so far."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from harness.ledger.kinds import DATABASE
from harness.ledger.kinds.database import Appeared, Final, Poll, Vanished
from reports.core.kinds import is_kind, of_kind, payloads
from reports.core.types import Ints
from reports.evidence.columnar import keys
from reports.evidence.exchange.due import Due
from reports.evidence.frame import LedgerFrames

_IMPRESSION = ["user", "artwork"]


def misread_polls(ledger: LedgerFrames) -> Iterator[Due]:
    """Yield that polls are missing by their numbers, or by what the final read says of them, and
    that polls count other rows than had appeared by then and not vanished.

    Polls without numbers are of an older harness. A ledger in short has no single rows, and a part
    of one not all: ``miscounted_polls`` takes how many had appeared in all of them.
    """
    database = ledger.database
    numbers = [one.number for one in payloads(database, Poll)]
    known = [number for number in numbers if number is not None]
    if known and known != list(range(1, len(numbers) + 1)):
        missing = max(known) - len(known)
        yield Due(DATABASE.name, f"{missing} of {max(known)} polls are missing, or out of order")
    begun_ns = of_kind(database, Poll)["mono_ns"].to_numpy(dtype=np.int64)
    finals = of_kind(database, Final)["mono_ns"].to_numpy(dtype=np.int64)
    for at_ns, final in zip(finals.tolist(), payloads(database, Final), strict=True):
        before = int(np.count_nonzero(begun_ns <= at_ns))
        # One that began before the final read may have ended, and be written down, after it.
        if final.polls is not None and before not in (final.polls, final.polls + 1):
            words = f"the final read came after {final.polls} polls, and {before} are there"
            yield Due(DATABASE.name, words)
    if known and not ledger.in_short and not ledger.is_part:
        yield from miscounted_polls(database, appeared_by_poll(database))


def appeared_by_poll(database: pd.DataFrame) -> Ints:
    """Return for each poll, in the order of their times, how many rows had appeared by its end and
    not vanished."""
    _, ended_ns = _spans(database)
    changes = of_kind(database, Appeared, Vanished).sort_values("mono_ns", kind="stable")
    gone = is_kind(changes, Vanished).to_numpy(dtype=bool)
    copies = np.where(gone, 0, changes["copies"].fillna(0).to_numpy(dtype=np.int64))
    before = pd.Series(copies).groupby(keys(changes, _IMPRESSION)).shift(fill_value=0)
    totals = np.concatenate([[0], np.cumsum(copies - before.to_numpy())])
    changed_ns = changes["mono_ns"].to_numpy(dtype=np.int64)
    # A poll notes what vanished with its beginning, what appeared with its end: before the next.
    counted: Ints = totals[np.searchsorted(changed_ns, ended_ns, side="left")]
    return counted


def miscounted_polls(database: pd.DataFrame, appeared: Ints) -> Iterator[Due]:
    """Yield how many polls count other rows than had ``appeared``; those during which a final read
    was made are left out, for both may have noted what was new.

    Polls without numbers are of an older harness.
    """
    if not are_numbered(database):
        return
    begun_ns, ended_ns = _spans(database)
    polls = of_kind(database, Poll).sort_values("mono_ns", kind="stable")
    wrong = appeared != polls["rows"].to_numpy(dtype=np.int64)
    is_shared = np.zeros(len(polls), dtype=bool)
    for at_ns in of_kind(database, Final)["mono_ns"].to_numpy(dtype=np.int64).tolist():
        is_shared |= (begun_ns >= at_ns) | (ended_ns >= at_ns)
    if count := int(np.count_nonzero(wrong & ~is_shared)):
        words = f"{count} polls count other rows than had appeared and not vanished"
        yield Due(DATABASE.name, words)


def are_numbered(database: pd.DataFrame) -> bool:
    """Return whether the polls have numbers: those of an older harness have none."""
    return any(one.number for one in payloads(database, Poll))


def _spans(database: pd.DataFrame) -> tuple[Ints, Ints]:
    """Return when each poll began and when the next one did, the last one's for ever later."""
    begun_ns = np.sort(of_kind(database, Poll)["mono_ns"].to_numpy(dtype=np.int64))
    return begun_ns, np.append(begun_ns[1:], np.iinfo(np.int64).max)[: len(begun_ns)]
