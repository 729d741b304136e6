"""Attempts as both ends report them, in columns: what clients read, what the server processed.

An attempt is one sending of a batch: ``batch`` and ``attempt``. Batches are numbered, with the same
number in every frame here. A load generator knows exactly which attempt an answer belongs to. A
page's report may name a later one: its batch was sent once more before the answer came. So an
answer that a page read is compared with every attempt up to the one that it names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from harness.ledger.kinds.client import Acknowledged, Attempt, BatchRefused, Held, Unanswered
from harness.ledger.kinds.network import RequestActedOn, WorkerClock
from harness.ledger.kinds.server import BatchReceipt
from reports.core.kinds import is_kind, of_kind, payloads, records
from reports.core.types import Flags, Ints
from reports.evidence.columnar import id_fingerprints
from reports.evidence.frame import LedgerFrames, id_counts
from reports.evidence.generators import capped

_ANSWERS = (Acknowledged, BatchRefused, Held, Unanswered)
_PAGE_CLOCK_NS = 2_000_000
"""A page's clock ticks in whole milliseconds where its origin is not isolated, and begins within
one of the system's."""
_ANSWERED = re.compile(r"answered (\d{3})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """What both ends report of every attempt.

    ``pages``: an answer that a page read, one row each: ``batch``, ``attempt``, ``status``,
    ``heard_ns``, ``inserted``, ``duplicate``, ``ids`` (how many it had sent), ``tab``, ``user`` and
    ``transport``. ``load``: a request that a generator sent: the same without the last four, and
    ``sent_ns``; its ``status`` is 0 where no answer came. ``handed``: a batch that a page handed to
    the browser: ``batch``, ``attempt``, ``tab``, ``transport`` and
    ``page_ns`` (by the page's clock). ``receipts``:
    what the server processed and could name: ``batch``, ``attempt``, ``status``, ``received_ns``,
    ``committed_ns``, ``received``, ``inserted``, ``duplicate``, ``tab``, ``transport``, and
    ``place``, the receipt's row of the ledger. ``load``, ``handed`` and ``receipts`` have ``who``
    and ``content``: numbers that are the same for the same user, and for the same ids.
    ``acted``: batch → attempt → how often a fault at the gateway acted on it; ``made_up``: batch →
    attempt → the status of an answer that a fault made itself. ``unnamed``: the statuses of
    receipts that name no attempt, because the server refused before it read the body. ``names``:
    the batches by number.
    """

    pages: pd.DataFrame
    load: pd.DataFrame
    handed: pd.DataFrame
    receipts: pd.DataFrame
    acted: Mapping[int, Mapping[int, int]]
    made_up: Mapping[int, Mapping[int, int]]
    unnamed: frozenset[int]
    names: pd.Index

    def name(self, batch: int, attempt: int) -> str:
        """Return an attempt in words."""
        return f"batch {self.names[batch]} attempt {attempt}"

    def may_be_made_up(self, batch: int, attempt: int, status: int) -> bool:
        """Return whether a status that a page read may be a fault's own: of that attempt, or of an
        earlier one."""
        own = self.made_up.get(batch, {})
        return any(number <= attempt and made == status for number, made in own.items())

    def receipts_by_batch(self) -> dict[int, list[dict[str, Any]]]:
        """Return batch → its receipts, of the batches of which pages read an answer."""
        own = self.receipts[self.receipts["batch"].isin(self.pages["batch"].unique())]
        found: dict[int, list[dict[str, Any]]] = {}
        for row in records(own):
            found.setdefault(int(row["batch"]), []).append(row)
        return found


def attempts_of(ledger: LedgerFrames) -> Attempts:
    """Return what both ends report of every attempt of the run."""
    return ledger.remembered("attempts of both ends", lambda: _attempts(ledger))


def _attempts(ledger: LedgerFrames) -> Attempts:
    pages, load, receipts = _by_pages(ledger.client), _by_load(ledger.load), _named(ledger.server)
    handed = _handed(ledger.client)
    acted = [
        one
        for one in payloads(ledger.network, RequestActedOn)
        if None not in (one.batch, one.attempt)
    ]
    texts = [frame["batch"].to_numpy(dtype=object) for frame in (pages, load, handed, receipts)]
    texts.append(np.array([one.batch for one in acted], dtype=object))
    numbers, names = pd.factorize(np.concatenate(texts))
    ends = np.cumsum([len(part) for part in texts])[:-1]
    of_pages, of_load, of_handed, of_receipts, of_acted = np.split(numbers, ends)
    pairs = list(zip(of_acted.tolist(), acted, strict=True))
    return Attempts(
        pages=pages.assign(batch=of_pages),
        load=load.assign(batch=of_load),
        handed=handed.assign(batch=of_handed),
        receipts=receipts.assign(batch=of_receipts),
        acted=_by_batch(pairs),
        made_up=_made_up(pairs),
        unnamed=_unnamed(ledger.server),
        names=pd.Index(names),
    )


def _by_batch(acted: Iterable[tuple[int, RequestActedOn]]) -> dict[int, Counter[int]]:
    found: dict[int, Counter[int]] = {}
    for batch, one in acted:
        found.setdefault(batch, Counter())[one.attempt or 0] += 1
    return found


def _made_up(acted: Iterable[tuple[int, RequestActedOn]]) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    for batch, one in acted:
        older = _ANSWERED.match(one.did)  # files of older harnesses have it in words only
        status = int(older[1]) if one.answered is None and older else one.answered
        if status is not None:
            found.setdefault(batch, {})[one.attempt or 0] = status
    return found


def known(rows: Iterable[Mapping[str, Any]], column: str) -> list[int]:
    """Return the values of a column of whole numbers, those that are missing left out."""
    return [int(row[column]) for row in rows if not pd.isna(row[column])]


def by_its_own_clock_early(answer: Mapping[str, Any], receipts: list[dict[str, Any]]) -> bool:
    """Return whether a page's own clock, too, puts the answer that it read before the arrival of
    its request: a witness whose clock is wrong does not explain that."""
    arrived_ns = known(receipts, "received_wall_ns")
    read_ns = answer["page_wall_ns"]
    if not arrived_ns or pd.isna(read_ns) or read_ns <= 0:
        return False
    return int(read_ns) < min(arrived_ns) - _PAGE_CLOCK_NS


def attempt_keys(frame: pd.DataFrame) -> Ints:
    """Return a number for each row that is the same for the same batch and attempt."""
    keys: Ints = frame["batch"].to_numpy(np.int64) * 2**31 + frame["attempt"].to_numpy(np.int64)
    return keys


def _by_pages(client: pd.DataFrame) -> pd.DataFrame:
    rows = of_kind(client, *_ANSWERS)
    rows = rows[rows["status"].notna() & rows["batch"].notna() & rows["attempt"].notna()]
    counts = [_counts(text) for text in rows["detail"]]
    return pd.DataFrame(
        {
            "batch": rows["batch"].to_numpy(dtype=object),
            "attempt": rows["attempt"].to_numpy(dtype=np.int64),
            "status": rows["status"].to_numpy(dtype=np.int64),
            "heard_ns": rows["mono_ns"].to_numpy(dtype=np.int64),
            "page_wall_ns": rows["page_wall_ns"].astype("Int64").array,
            "inserted": pd.array([inserted for inserted, _ in counts], dtype="Int64"),
            "duplicate": pd.array([duplicate for _, duplicate in counts], dtype="Int64"),
            "ids": id_counts(rows),
            "tab": rows["tab"].to_numpy(dtype=object),
            "user": rows["user"].to_numpy(dtype=object),
            "transport": rows["transport"].to_numpy(dtype=object),
        }
    )


class _Counts(msgspec.Struct):
    inserted: int | None = None
    duplicate: int | None = None


def _counts(text: Any) -> tuple[int | None, int | None]:
    """Return the ids that an answer calls new and known, from the detail of a page's report."""
    if not isinstance(text, str):
        return None, None
    found = msgspec.json.decode(text, type=_Counts)
    return found.inserted, found.duplicate


def _by_load(load: pd.DataFrame) -> pd.DataFrame:
    refused = capped(load)
    rows = load[~refused] if refused.any() else load
    return pd.DataFrame(
        {
            "batch": rows["batch"].to_numpy(dtype=object),
            "attempt": rows["attempt"].to_numpy(dtype=np.int64),
            "status": rows["status"].to_numpy(dtype=np.int64),
            "sent_ns": rows["sent_ns"].to_numpy(dtype=np.int64),
            "heard_ns": rows["done_ns"].to_numpy(dtype=np.int64),
            "inserted": rows["inserted"].astype("Int64").array,
            "ids": id_counts(rows),
            "who": rows["user"].cat.codes.to_numpy(),
            "content": id_fingerprints(rows),
        },
        copy=False,
    )


def _handed(client: pd.DataFrame) -> pd.DataFrame:
    rows = of_kind(client, Attempt)
    rows = rows[rows["batch"].notna() & rows["attempt"].notna()]
    return pd.DataFrame(
        {
            "batch": rows["batch"].to_numpy(dtype=object),
            "attempt": rows["attempt"].to_numpy(dtype=np.int64),
            "tab": rows["tab"].to_numpy(dtype=object),
            "transport": rows["transport"].to_numpy(dtype=object),
            "page_ns": rows["page_wall_ns"].astype("Int64").array,
            "who": rows["user"].cat.codes.to_numpy(),
            "content": id_fingerprints(rows),
        }
    )


def _named(server: pd.DataFrame) -> pd.DataFrame:
    """Return the receipts that name a batch and an attempt."""
    named = is_kind(server, BatchReceipt) & server["batch"].notna() & server["attempt"].notna()
    rows = server[named]
    return pd.DataFrame(
        {
            "batch": rows["batch"].to_numpy(dtype=object),
            "attempt": rows["attempt"].to_numpy(dtype=np.int64),
            "status": rows["status"].astype("Int64").array,
            "received_ns": rows["received_mono_ns"].astype("Int64").array,
            "received_wall_ns": rows["received_wall_ns"].astype("Int64").array,
            "committed_ns": rows["committed_mono_ns"].astype("Int64").array,
            "committed_wall_ns": rows["committed_wall_ns"].astype("Int64").array,
            "received": rows["received"].astype("Int64").array,
            "inserted": rows["inserted"].astype("Int64").array,
            "duplicate": rows["duplicate"].astype("Int64").array,
            "tab": rows["tab"].array,
            "transport": rows["transport"].array,
            "who": rows["user"].cat.codes.to_numpy(),
            "content": id_fingerprints(rows),
            "place": np.flatnonzero(named.to_numpy(dtype=bool)),
        },
        copy=False,
    )


def _unnamed(server: pd.DataFrame) -> frozenset[int]:
    nameless = is_kind(server, BatchReceipt) & (server["batch"].isna() | server["attempt"].isna())
    return frozenset(int(status) for status in server.loc[nameless, "status"].dropna().unique())


def clock_error_ns(ledger: LedgerFrames) -> int:
    """Return how far apart the clocks of a load generator and the server may be, in ns: 0 on one
    machine."""
    workers = payloads(ledger.network, WorkerClock)
    return max((round(one.error_ms * 2e6) for one in workers if not one.same_clock), default=0)


def matches(left: pd.DataFrame, right: pd.DataFrame) -> tuple[Ints, Ints]:
    """Return the places of rows of two frames that are of the same attempt: every such pair."""
    wanted, offered = attempt_keys(left), attempt_keys(right)
    order = np.argsort(offered, kind="stable")
    first = np.searchsorted(offered[order], wanted, side="left")
    count = np.searchsorted(offered[order], wanted, side="right") - first
    here = np.repeat(np.arange(len(wanted)), count)
    skipped = np.repeat(np.cumsum(count) - count, count)
    there = order[np.repeat(first, count) + np.arange(len(here)) - skipped]
    return here, there


def earliest(receipts: pd.DataFrame, column: str, keys: Ints) -> tuple[Ints, Flags]:
    """Return the least value of a column among the receipts of each attempt (``attempt_keys``), and
    for which of them there is none; receipts without a value do not count."""
    known = receipts[receipts[column].notna()]
    values = known[column].to_numpy(dtype=np.int64)
    own, place = np.unique(attempt_keys(known), return_inverse=True)
    least = np.full(len(own), np.iinfo(np.int64).max)
    np.minimum.at(least, place, values)
    if not len(own):
        return np.zeros(len(keys), dtype=np.int64), np.ones(len(keys), dtype=bool)
    at = np.clip(np.searchsorted(own, keys), 0, len(own) - 1)
    return least[at], own[at] != keys
