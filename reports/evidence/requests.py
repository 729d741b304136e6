"""The requests of a run: when each was due, how long it took, what it brought."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from harness.core.outcome import Outcome
from harness.ledger.kinds.base import name_of
from harness.ledger.kinds.client import Acknowledged, Attempt, BatchRefused, Unanswered
from reports.core.kinds import of_kind
from reports.core.types import Floats, Ints
from reports.evidence.columnar import chosen
from reports.evidence.frame import LedgerFrames, id_counts


def requests(ledger: LedgerFrames) -> pd.DataFrame:
    """Return every request of load or page: ``at_s``, ``response_ms`` and ``ok``.

    The load's times count from the schedule, a page's from its attempt to the answer it read.
    Requests that a page never read an answer to are not in it: a beacon has no response time.
    """
    load = pd.DataFrame(
        {
            "at_s": ledger.seconds(ledger.load["scheduled_ns"]),
            "response_ms": (ledger.load["done_ns"] - ledger.load["scheduled_ns"]) / 1e6,
            "ok": ledger.load["outcome"] == Outcome.ACKNOWLEDGED.value,
        }
    )
    keys = ["tab", "batch", "attempt"]
    client = ledger.client[[*keys, "kind", "page_wall_ns", "mono_ns"]]
    sent = of_kind(client, Attempt)
    done = of_kind(client, Acknowledged, BatchRefused, Unanswered)
    both = sent.merge(done, on=keys, suffixes=("", "_done"))
    page = pd.DataFrame(
        {
            "at_s": ledger.seconds(both["mono_ns"]),
            "response_ms": (both["page_wall_ns_done"] - both["page_wall_ns"]) / 1e6,
            "ok": both["kind_done"] == name_of(Acknowledged),
        }
    )
    frames = [frame for frame in (load, page) if not frame.empty]
    return pd.concat(frames, ignore_index=True) if frames else load


def new_row_share_of(ledger: LedgerFrames) -> tuple[float, int]:
    """Return the share of acknowledged ids that were new rows, and how many ids that is out of."""
    answered = chosen(ledger.load, ledger.load["inserted"].notna())
    ids = int(id_counts(answered).sum())
    return (float(answered["inserted"].sum()) / ids if ids else 0.0), ids


def after_ramp(load: pd.DataFrame, exclude_first_s: float) -> pd.DataFrame:
    """Return the requests that were due ``exclude_first_s`` after the first one, or later."""
    if load.empty or exclude_first_s <= 0:
        return load
    begin_ns = int(load["scheduled_ns"].min()) + round(exclude_first_s * 1e9)
    return load[load["scheduled_ns"] >= begin_ns]


def response_ms(load: pd.DataFrame) -> Floats:
    """Return response times in ms from the schedule; infinite where no 2xx was read."""
    times = (load["done_ns"] - load["scheduled_ns"]).to_numpy(dtype=float) / 1e6
    answered = (load["outcome"] == Outcome.ACKNOWLEDGED.value).to_numpy(dtype=bool)
    return np.where(answered, times, np.inf)


def stretches(at_s: Floats, for_s: float) -> Iterator[tuple[float, Ints]]:
    """Yield the begin and the members (their places) of every stretch of ``for_s`` seconds; each
    overlaps the one before by half, and none reaches beyond the last case.

    Together they hold every place twice, however many stretches there are.
    """
    begin_s, last_s = float(at_s.min()), float(at_s.max())
    count = max(0, int((last_s - begin_s - for_s) / (for_s / 2)) + 1)
    order = np.argsort(at_s, kind="stable")
    starts_s = begin_s + np.arange(count) * for_s / 2
    first = np.searchsorted(at_s, starts_s, "left", sorter=order)
    last = np.searchsorted(at_s, starts_s + for_s, "left", sorter=order)
    for start_s, low, high in zip(starts_s.tolist(), first, last, strict=True):
        yield start_s, order[low:high]
