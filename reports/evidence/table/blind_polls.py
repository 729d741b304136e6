"""Polls that did not see what was there: a poll that begins after a commit sees its rows.

A poller that repeats its first answer would see no row vanish, and no row too late. Its own counts
agree with one another; what the server's receipts say of commits, and the final read of rows, do
not agree with them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from harness.ledger.kinds import DATABASE
from harness.ledger.kinds.database import Appeared, Final, FinalRow, Poll
from reports.core.kinds import of_kind
from reports.evidence.columnar import keys
from reports.evidence.exchange.due import Due
from reports.evidence.fates import KEY, processed_receipts
from reports.evidence.frame import LedgerFrames

POLLS_LEAST = 8
"""One or two may begin between a commit that is later than its receipt and the final read."""


def blind_polls(ledger: LedgerFrames) -> Iterator[Due]:
    """Yield how many rows the final read alone found, although polls had begun since their commit.

    A ledger in short has no single rows, and times of two machines are not in one order.
    """
    database = ledger.database
    finals = of_kind(database, Final)["mono_ns"]
    if finals.empty or ledger.in_short or not ledger.run.clock.same_host:
        return
    final_ns = int(finals.max())
    appeared = of_kind(database, Appeared)
    is_before = (appeared["mono_ns"] < final_ns).to_numpy(dtype=bool)
    before, after = appeared[is_before], appeared[~is_before]
    # Of what polls saw too late, which is little, and not of all rows.
    late = np.unique(keys(after, KEY))
    late = late[~np.isin(late, keys(before, KEY))] if len(late) else late
    unseen = np.intersect1d(late, keys(of_kind(database, FinalRow), KEY)) if len(late) else late
    if not len(unseen):
        return
    receipts = processed_receipts(ledger).dropna(subset=KEY)
    committed = receipts["committed_mono_ns"].to_numpy(dtype=np.int64)
    first_ns = pd.Series(committed).groupby(keys(receipts, KEY)).min()
    first_ns = first_ns[first_ns.index.isin(unseen)]
    begun_ns = np.sort(of_kind(database, Poll)["mono_ns"].to_numpy(dtype=np.int64))
    begun_ns = begun_ns[begun_ns < final_ns][:-1]  # the last one may not have ended
    polls = len(begun_ns) - np.searchsorted(begun_ns, first_ns.to_numpy(), side="right")
    if (blind := int(np.count_nonzero(polls >= POLLS_LEAST))) > 0:
        words = (
            f"{blind} rows were seen by the final read alone, although up to {int(polls.max())} "
            "polls had begun since they were committed"
        )
        yield Due(DATABASE.name, words)
