"""What is missing of a ledger, in words, and of which witness."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from harness.ledger.kinds import WITNESSES
from harness.ledger.kinds.base import LedgerRow, name_of
from harness.ledger.kinds.network import BrowserUsed
from reports.core.kinds import is_kind
from reports.evidence.frame import LedgerFrames


class Due(NamedTuple):
    """What is missing, in words, and of which witness."""

    witness: str
    words: str


def missing(frame: pd.DataFrame, kind: type[LedgerRow], because: str) -> Iterator[Due]:
    """Yield that no row of a kind is there, with the reason why one must be; nothing if one is."""
    if not is_kind(frame, kind).any():
        yield no_row_of(kind, because)


def no_row_of(kind: type[LedgerRow], because: str) -> Due:
    """Return that no row of a kind is there, with the reason why one must be."""
    witness = next(one.name for one in WITNESSES.values() if issubclass(kind, one.row))
    return Due(witness, f"{because}, and no row is of the kind {name_of(kind)!r}")


def is_watched(ledger: LedgerFrames) -> bool:
    """Return whether a browser was driven, or processes were watched: a simulation does neither."""
    used = is_kind(ledger.network, BrowserUsed).any()
    return bool(len(ledger.machine) or len(ledger.activity) or used)
