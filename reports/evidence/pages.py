"""What the checks of pages share: the client witness's rows, and the receipts of batches.

A page's clock is compared with itself only. In a page's report ``tab`` is the sender, in a
receipt it is the tab that showed the artworks: after an adoption these are two.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd

from harness.ledger.kinds.client import (
    Acknowledged,
    Adopted,
    Attempt,
    BatchRefused,
    BeaconQueued,
    BeaconRefused,
    Held,
    PageAnswer,
    PageHide,
    PageShow,
    RecorderEvent,
    RetryScheduled,
    TabOpened,
    Unanswered,
    VisibilityChanged,
)
from harness.ledger.kinds.network import BrowserUsed
from harness.ledger.kinds.server import BatchReceipt
from reports.core.kinds import decoded, is_a, is_kind, of_kind, payloads, records
from reports.evidence.frame import OUTCOME_UNKNOWN, LedgerFrames

_DOUBLINGS_MAX = 60


TRANSPORTS_WITH_ANSWER = ("fetch", "keepalive", "sync")
"""Transports of which a page sees the end."""
SETTLED = (Acknowledged, BatchRefused)
"""The ends after which a page keeps a batch no longer."""
_ENDS = (Acknowledged, BatchRefused, Held, Unanswered)


BATCH = ["user", "tab", "batch"]
"""The columns that identify a batch in the receipts."""


def pages(client: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield every tab and the rows about it, in the order of its own clock.

    What happened at once stays in the order it was heard in; the harness's own rows, which have no
    page's time, come last. Rows that name no tab are left out.
    """
    for tab, rows in client.groupby("tab"):
        yield str(tab), rows.sort_values("page_wall_ns", kind="stable")


def attempts(client: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in which a page reported that it handed a batch to the browser."""
    return of_kind(client, Attempt)


def led_by_hand(ledger: LedgerFrames) -> bool:
    """Return whether a person led a device's browser through the steps, or one that is emulated.

    The harness then has no hand in tabs and sign-ins, and pages report when they can. An emulated
    phone that the harness drives itself is a browser like any other.
    """
    used = payloads(ledger.network, BrowserUsed)
    if any(one.kind == "device" for one in used):
        return True
    is_emulated = any(one.kind == "emulated" for one in used)
    return is_emulated and any(one.role for one in payloads(ledger.client, TabOpened))


def queue_depths(ledger: LedgerFrames) -> list[tuple[float, int]]:
    """Return how many ids wait in the queues of all pages, whenever a page reports its own, as
    (seconds since the run's start, ids from then on)."""
    reports = ledger.client[ledger.client["queue_depth"].notna()].sort_values("mono_ns")
    now_by_tab: dict[str, int] = {}
    depths = []
    columns = (ledger.seconds(reports["mono_ns"]), reports["tab"], reports["queue_depth"])
    for at_s, tab, depth in zip(*columns, strict=True):
        now_by_tab[tab] = int(depth)
        depths.append((float(at_s), sum(now_by_tab.values())))
    return depths


def attempt_times(ledger: LedgerFrames) -> tuple[list[float], list[float]]:
    """Return when pages handed batches to the browser, in seconds since the run's start: the
    attempts to which the page read a success, and the others."""
    keys = ["tab", "batch", "attempt"]
    client = ledger.client
    sent = attempts(client)
    good = of_kind(client, Acknowledged)[keys].drop_duplicates()
    ended = sent[keys].merge(good, on=keys, how="left", indicator=True)["_merge"] == "both"
    at_s = ledger.seconds(sent["mono_ns"]).to_numpy(dtype=float)
    answered = ended.to_numpy(dtype=bool)
    return at_s[answered].tolist(), at_s[~answered].tolist()


def heirs(client: pd.DataFrame) -> set[str]:
    """Return the tabs that adopted what others left, and may send it."""
    return {str(tab) for tab in of_kind(client, Adopted)["tab"].dropna()}


def batch_receipts(ledger: LedgerFrames) -> pd.DataFrame:
    """Return the receipts of batches that were stored, one row a request."""
    done = is_kind(ledger.server, BatchReceipt) & ledger.server["committed_mono_ns"].notna()
    return ledger.server[done]


def batches_in(receipts: pd.DataFrame) -> tuple[int, int]:
    """Return how many different batches there are at least, and at most.

    Two numbers where receipts name no batch: those may be one batch, or one each.
    """
    named = receipts[receipts["batch"].notna()]
    nameless = len(receipts) - len(named)
    count = len(named.drop_duplicates(BATCH))
    return count + min(nameless, 1), count + nameless


def may_lack_receipts(ledger: LedgerFrames) -> bool:
    """Return whether something may be stored without a receipt: a server died, or lost a commit."""
    unclear = (ledger.server["reason"] == OUTCOME_UNKNOWN).fillna(False)
    return bool(ledger.killed_lifetimes) or bool(unclear.any())


def unheard(ledger: LedgerFrames) -> pd.DataFrame:
    """Return the receipts of requests that no page reported, one row a request.

    A page that is closing sends such requests. A request is a batch and the number of its attempt;
    its tab sent it, or an heir.
    """
    server = ledger.server
    whole = is_kind(server, BatchReceipt) & server["batch"].notna() & server["attempt"].notna()
    receipts = server[whole].drop_duplicates([*BATCH, "attempt"])
    reported: dict[tuple[str, int], set[str]] = {}
    for row in records(attempts(ledger.client).dropna(subset=["tab", "batch", "attempt"])):
        reported.setdefault((str(row["batch"]), int(row["attempt"])), set()).add(str(row["tab"]))
    may_send = heirs(ledger.client)

    def was_reported(row: dict[str, Any]) -> bool:
        senders = reported.get((str(row["batch"]), int(row["attempt"])), set())
        return bool(senders & (may_send | {str(row["tab"])})) or (
            bool(senders) and pd.isna(row["tab"])
        )

    quiet = [not was_reported(row) for row in records(receipts)]
    return receipts[pd.Series(quiet, index=receipts.index, dtype=bool)]


def ms_of(row: dict[str, Any]) -> float:
    """Return when one row happened by the page's own clock; NaN if it did not say."""
    wall_ns = row["page_wall_ns"]
    return math.nan if pd.isna(wall_ns) or wall_ns <= 0 else int(wall_ns) / 1e6


def page_ms(rows: pd.DataFrame) -> pd.Series:
    """Return when it happened by the page's own clock, in milliseconds; NaN if it did not say."""
    wall_ms = rows["page_wall_ns"].astype("float64") / 1e6
    return wall_ms.where(wall_ms > 0)


def reason_of(row: dict[str, Any]) -> list[str]:
    """Return the words of a row's reason: a state such as ``hidden``, and ``isTrusted=true``."""
    if not is_a(row, RecorderEvent):
        return []
    return (decoded(row, RecorderEvent).reason or "").split()


def ids_of(row: dict[str, Any]) -> list[str]:
    """Return the artworks that a row names; none where it names none."""
    ids = row["artworks"]
    return (
        [] if ids is None or ids is pd.NA or isinstance(ids, float) else [str(one) for one in ids]
    )


def answers_to(client: pd.DataFrame, question: str) -> list[tuple[dict[str, Any], Any]]:
    """Return every answer of a page to a question of the scenario, with its row, by time."""
    rows = records(of_kind(client, PageAnswer).sort_values("mono_ns", kind="stable"))
    found = [(row, decoded(row, PageAnswer)) for row in rows]
    return [(row, one.answer) for row, one in found if one.question == question]


class Sight:
    """Whether one page is visible by its own reports; ``returns`` counts how often it came back."""

    def __init__(self, rows: pd.DataFrame) -> None:
        states = [reason_of(row) for row in records(of_kind(rows, VisibilityChanged))]
        self.visible = not (states and "visible" in states[0])  # it was opened behind another
        self.returns = 0
        self._hid = False

    def take(self, row: dict[str, Any]) -> None:
        """Learn from one row, the page's rows in order."""
        words = reason_of(row) if is_a(row, VisibilityChanged, PageShow) else []
        if is_a(row, PageHide) or "hidden" in words:
            self.visible, self._hid = False, True
        elif "visible" in words or "persisted=true" in words:
            self.visible = True
            self.returns += self._hid
            self._hid = False


def flushes(rows: pd.DataFrame) -> tuple[Counter[tuple[str, int, int]], int]:
    """Count one page's beacons by batch, by how often it had come back and how often the batch had
    failed; and return how often it came back."""
    refused = {(row["batch"], row["attempt"]) for row in records(of_kind(rows, BeaconRefused))}
    sight, found = Sight(rows), Counter[tuple[str, int, int]]()
    doubts = Counter[str]()
    for row in records(rows):
        sight.take(row)
        if is_a(row, Unanswered):
            doubts[str(row["batch"])] += 1
        elif is_a(row, Attempt) and row["transport"] == "beacon":
            is_refused = not pd.isna(row["attempt"]) and (row["batch"], row["attempt"]) in refused
            batch = str(row["batch"])
            found[batch, sight.returns, doubts[batch]] += not is_refused
    return +found, sight.returns


def in_flight(client: pd.DataFrame) -> tuple[int, int]:
    """Return how many requests visible pages began whose end they see, and how many of these before
    another of the same page had ended."""
    requests, overlaps = 0, 0
    for _, rows in pages(client):
        sight = Sight(rows)
        under_way: list[tuple[str, str, str]] = []
        for row in records(rows):
            sight.take(row)
            request = (str(row["batch"]), str(row["transport"]), str(row["attempt"]))
            if is_a(row, Attempt) and row["transport"] in TRANSPORTS_WITH_ANSWER:
                requests += sight.visible
                overlaps += sight.visible and bool(under_way)
                under_way.append(request)
            elif is_a(row, *_ENDS) and not (is_a(row, Held) and pd.isna(row["status"])):
                _end(under_way, request)
    return requests, overlaps


def _end(under_way: list[tuple[str, str, str]], request: tuple[str, str, str]) -> None:
    """Take out the request that ended: an end may name the number of a later attempt."""
    for known in (3, 2):
        for one in under_way:
            if one[:known] == request[:known]:
                return under_way.remove(one)
    return None


def retries_of(rows: pd.DataFrame) -> list[tuple[int, float]]:
    """Return one page's retries: how many failures in a row came before, and the wait in ms."""
    sight, failures = Sight(rows), 0
    planned: dict[str, Any] | None = None
    found: list[tuple[int, float]] = []
    for row in records(rows):
        sight.take(row)
        if is_a(row, RetryScheduled) and "online" in reason_of(row):
            planned, failures = None, 0
        elif is_a(row, RetryScheduled):
            planned = row if sight.visible else None
            failures += 1
        elif is_a(row, VisibilityChanged, PageHide, PageShow):
            planned = None
        elif is_a(row, Attempt) and planned is not None:
            waited = ms_of(row) - ms_of(planned)
            if not math.isnan(waited):
                found.append((min(failures - 1, _DOUBLINGS_MAX), waited))
            planned = None
        elif _is_answer(row, sight):
            failures = 0
    return found


def _is_answer(row: dict[str, Any], sight: Sight) -> bool:
    """Return whether a flush succeeded; the beacon of a page that hides is none."""
    if is_a(row, Held):
        return not pd.isna(row["status"])
    return is_a(row, Acknowledged, BatchRefused) or (is_a(row, BeaconQueued) and sight.visible)
