"""What became of every impression: one fate each, the worst that applies.

An impression is (user, artwork). The joins are by id, never by totals. Who decides what:

- *shown* and *intended* come from the viewer; only what was shown can be lost, and what was only
  intended is never a phantom; what a load generator showed and never sent counts as intended;
- *acknowledged* is a 2xx that the client itself observed or, of a page that reports nothing, the
  relay before the server; receipts never upgrade;
- *stored* is the final read of the table; *seen* any poll before it;
- *queued* is what a living page still held at its last word.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.core.outcome import Outcome
from harness.ledger.kinds.client import Acknowledged, QueueState, TabClosed, TabKilled
from harness.ledger.kinds.database import Appeared, Final, FinalRow, Poll, Vanished
from harness.ledger.kinds.network import FaultEnd, FaultStart
from harness.ledger.kinds.server import BatchReceipt
from harness.ledger.kinds.viewer import ViewerRow, ViewIntent
from reports.core.kinds import is_kind, of_kind
from reports.evidence.columnar import keys
from reports.evidence.exchange.unsent import load_views
from reports.evidence.exchange.view_order import view_order
from reports.evidence.frame import LedgerFrames, exploded
from reports.evidence.group_reduce import Folding
from reports.evidence.table.read_back import read_back

# Worst first: the order in which fates are shown everywhere.
FATE_MEANINGS = {
    "vanished": "the row was seen in the database and was gone later",
    "lost_acked": "the client saw a success answer, but no row was ever seen",
    "duplicate_stored": "more than one row for the same impression",
    "corrupt": "stored with a wrong time or with altered content",
    "phantom": "stored, but never shown to anybody",
    "lost_unacked": "shown, no row, and nothing is left in a queue to send",
    "undelivered": "no row yet, still in a queue when the run ended",
    "late": "stored exactly once, but after its deadline",
    "recovered": "stored exactly once, although no success answer was seen",
    "recorded_once": "shown, acknowledged and stored exactly once",
}
# Fates without a lost or altered impression; a report must make the others visible.
HARMLESS_FATES = frozenset({"recovered", "recorded_once"})


KEY = ["user", "artwork"]
VIEW = ["user", "tab", "artwork"]

_POSTGRES_GRAIN_NS = 1_000  # timestamps are stored in whole microseconds
CLOCK_SPREAD = "spread of the clocks"
"""The name under which a ledger remembers how far the wall clock moved during the run, ns."""
CLOCK_ERROR_NS_MAX = 5_000_000  # above this the wall clock moved too much for `corrupt`


class Fate(enum.Enum):
    """What became of an impression, worst first. The value is the word used everywhere."""

    VANISHED = "vanished"
    LOST_ACKED = "lost_acked"
    DUPLICATE_STORED = "duplicate_stored"
    CORRUPT = "corrupt"
    PHANTOM = "phantom"
    LOST_UNACKED = "lost_unacked"
    UNDELIVERED = "undelivered"
    LATE = "late"
    RECOVERED = "recovered"
    RECORDED_ONCE = "recorded_once"


_ORDER = tuple(Fate)
_NAMED = 8


class Carriage(enum.Enum):
    """How a view reached the table: in a receipt of its own tab, through another view, or not."""

    CARRIED = "carried"
    COVERED = "covered"
    UNCARRIED = "uncarried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fates:
    """``impressions``: one row each, with its times (monotonic ns, null where it never happened)
    and its ``fate``; ``views``: one row each with its ``carriage``; ``decided`` is false when
    there was no final read of the table, and then nothing in here is a verdict."""

    impressions: pd.DataFrame
    views: pd.DataFrame
    decided: bool
    clock_error_ns: int

    @property
    def clock_is_steady(self) -> bool:
        """Return whether the wall clock kept pace, so that ``corrupt`` can be judged."""
        return self.clock_error_ns <= CLOCK_ERROR_NS_MAX

    def counts(self) -> dict[str, int]:
        """Return fate → number of impressions, worst first, zero counts left out."""
        found = self.impressions["fate"].value_counts()
        return {f.value: int(found[f.value]) for f in Fate if found[f.value]}

    def with_fate(self, *fates: Fate) -> pd.DataFrame:
        """Return the impressions with one of the fates."""
        return self.impressions[self.impressions["fate"].isin([f.value for f in fates])]


def classify(ledger: LedgerFrames, *, late_after_s: float | None = None) -> Fates:
    """Give every impression its fate. ``late_after_s`` counts from shown or from the end of the
    last fault, whichever is later; None: nothing is late."""
    table = _table(ledger)
    stored = table["copies"] > 0
    table["durable_ns"] = _durable(ledger, table).where(stored)
    # What neither was shown nor is stored nor was ever seen has no fate to speak of.
    there = table["shown_ns"].notna() | stored | table["first_seen_ns"].notna()
    if not there.all():
        table = table[there].reset_index(drop=True)
    clock_error_ns = _clock_error_ns(ledger)
    table["waited_s"] = (table["durable_ns"] - _clock_zero(ledger, table)) / 1e9
    table["unshown"] = (
        (table["copies"] > 0) & table["intended_ns"].isna() & table["shown_ns"].isna()
    )
    table["altered"] = _altered(table, clock_error_ns)
    table["fate"] = _fate(table, late_after_s)
    return Fates(
        impressions=table,
        views=_views(ledger, table),
        decided=read_back(ledger).has_final,
        clock_error_ns=clock_error_ns,
    )


def _table(ledger: LedgerFrames) -> pd.DataFrame:
    """Return every impression that any witness names, with its times and copies."""
    final, seen, gone = _database(ledger)
    intended, shown = _viewed(ledger, ViewIntent), shown_views(ledger)
    acked, receipts = _acknowledged(ledger), processed_receipts(ledger)
    parts = [intended, shown, acked, receipts, seen, gone, final, _queued(ledger)]
    index = Folding(parts, KEY)
    figures = {
        "intended_ns": index.fold(0, intended["mono_ns"], "min"),
        "intended_wall_ns": index.fold(0, intended["wall_ns"], "min"),
        "shown_ns": index.fold(1, shown["mono_ns"], "min"),
        "acked_ns": index.fold(2, acked["mono_ns"], "min"),
        "committed_ns": index.fold(3, receipts["committed_mono_ns"], "min"),
        "committed_wall_ns": index.fold(3, receipts["committed_wall_ns"], "min"),
        "first_seen_ns": index.fold(4, seen["mono_ns"], "min"),
        "first_seen_wall_ns": index.fold(4, seen["wall_ns"], "min"),
        "first_viewed_wall_ns": index.fold(4, seen["viewed_wall_ns"], "min"),
        "gone_ns": index.fold(5, gone["mono_ns"], "min"),
        "copies": index.fold(6, final["copies"], "sum").fillna(0),
        "viewed_wall_ns": index.fold(6, final["viewed_wall_ns"], "min"),
        "queued": index.fold(7, None, "size").fillna(0),
    }
    most = [index.fold(part, rows["copies"], "max") for part, rows in ((4, seen), (6, final))]
    figures["copies_most"] = pd.array(
        np.maximum(*(one.fillna(0).to_numpy(dtype=np.int64) for one in most)), dtype="Int64"
    )
    return pd.DataFrame({**index.ids(), **figures}, copy=False)


def _fate(table: pd.DataFrame, late_after_s: float | None) -> pd.Categorical[str]:
    shown, acked = table["shown_ns"].notna(), table["acked_ns"].notna()
    stored, queued = table["copies"] > 0, table["queued"] > 0
    seen = table["first_seen_ns"].notna()
    late = table["waited_s"] > late_after_s if late_after_s is not None else stored & False
    rules = [  # best first: a worse fate overwrites a better one
        (Fate.RECORDED_ONCE, stored & acked),
        (Fate.RECOVERED, stored & ~acked),
        (Fate.LATE, stored & late.fillna(False)),
        (Fate.UNDELIVERED, shown & ~stored & queued),
        (Fate.LOST_UNACKED, shown & ~stored & ~queued),
        (Fate.PHANTOM, table["unshown"]),
        (Fate.CORRUPT, stored & ~table["unshown"] & table["altered"]),
        (Fate.DUPLICATE_STORED, table["copies_most"] > 1),
        (Fate.LOST_ACKED, shown & acked & ~stored),
        # Whatever its client read: the row was there, so it is the table that lost it.
        (Fate.VANISHED, (seen & ~stored) | table["gone_ns"].notna()),
    ]
    codes = np.full(len(table), -1, dtype=np.int8)
    for name, applies in rules:
        codes[applies.to_numpy(dtype=bool)] = _ORDER.index(name)
    words = pd.Index([name.value for name in _ORDER])
    return pd.Categorical.from_codes(codes, categories=words, validate=False)


def _altered(table: pd.DataFrame, clock_error_ns: int) -> pd.Series:
    """Return where viewed_at is not between intent and commit (or first sight), or has changed.

    The bounds give way by how far the wall clock moved during the run; when it moved too far,
    nothing is accused.
    """
    if clock_error_ns > CLOCK_ERROR_NS_MAX:
        return table["copies"] < 0
    slack_ns = _POSTGRES_GRAIN_NS + clock_error_ns
    upper = table["committed_wall_ns"].fillna(table["first_seen_wall_ns"])
    early = table["viewed_wall_ns"] < table["intended_wall_ns"] - slack_ns
    late = table["viewed_wall_ns"] > upper + slack_ns
    changed = table["viewed_wall_ns"] != table["first_viewed_wall_ns"]
    return early.fillna(False) | late.fillna(False) | changed.fillna(False)


def _database(ledger: LedgerFrames) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the rows of the last final read, and what polls saw come and go before it."""
    database = ledger.database.drop(columns=["rows", "own_rows", "detail"])
    finals = of_kind(database, Final)["mono_ns"]
    last_ns = int(finals.max()) if len(finals) else None
    rows = of_kind(database, FinalRow)
    if last_ns is None:
        rows, early = rows.iloc[:0], pd.Series(True, index=database.index)
    else:
        rows, early = rows[rows["mono_ns"] == last_ns], database["mono_ns"] <= last_ns
    return (
        rows,
        database[early & is_kind(database, Appeared)],
        database[early & is_kind(database, Vanished)],
    )


def _durable(ledger: LedgerFrames, table: pd.DataFrame) -> pd.Series:
    """Return when each impression was durable: its receipt's commit, else the first poll's sight.

    A poll that began after the commit and did not see the row contradicts the receipt: then the
    first sight counts.
    """
    polls = of_kind(ledger.database, Poll)["mono_ns"]
    starts = np.sort(polls.to_numpy(dtype="int64"))
    seen = table["first_seen_ns"].notna()
    first_seen = table["first_seen_ns"].fillna(0).to_numpy(dtype="int64")
    blind = np.searchsorted(starts, first_seen, side="right") - 2  # the poll before the seeing one
    absent_ns = np.where(blind >= 0, starts[np.clip(blind, 0, None)] if len(starts) else 0, 0)
    contradicted = seen & (table["committed_ns"] < absent_ns).fillna(False)
    return table["committed_ns"].where(~contradicted).fillna(table["first_seen_ns"])


def _viewed(ledger: LedgerFrames, kind: type[ViewerRow]) -> pd.DataFrame:
    return of_kind(ledger.viewer, kind)


def shown_views(ledger: LedgerFrames) -> pd.DataFrame:
    """Return the viewer's rows of what was shown; without what a load generator never sent, which
    nothing could store."""
    views = load_views(ledger)
    return views.shown[~views.unsent] if views.unsent.any() else views.shown


def _acknowledged(ledger: LedgerFrames) -> pd.DataFrame:
    answers = of_kind(ledger.client, Acknowledged)
    by_page = exploded(answers[[*KEY[:1], "artworks", "mono_ns"]])
    load = ledger.load[ledger.load["outcome"] == Outcome.ACKNOWLEDGED.value]
    by_load = exploded(load[[*KEY[:1], "artworks"]].assign(mono_ns=load["done_ns"]))
    wire = ledger.wire[ledger.wire["outcome"] == Outcome.ACKNOWLEDGED.value]
    by_wire = exploded(wire[[*KEY[:1], "artworks"]].assign(mono_ns=wire["last_byte_ns"]))
    # A request may not tell whose views it carries.
    by_wire = by_wire[by_wire["user"].notna()]
    there = [one[[*KEY, "mono_ns"]] for one in (by_page, by_load, by_wire) if not one.empty]
    return pd.concat(there) if there else by_page[[*KEY, "mono_ns"]]


def processed_receipts(ledger: LedgerFrames) -> pd.DataFrame:
    """Return the receipts of batches that the server says it committed, one row per id: user, tab
    and time."""
    return ledger.remembered("processed", lambda: _processed(ledger))


def _processed(ledger: LedgerFrames) -> pd.DataFrame:
    server = ledger.server
    done = is_kind(server, BatchReceipt) & server["committed_mono_ns"].notna()
    return exploded(
        server.loc[done, ["user", "tab", "artworks", "committed_mono_ns", "committed_wall_ns"]]
    )


def _queued(ledger: LedgerFrames) -> pd.DataFrame:
    """Return the impressions that a page still held at its last word, unless it closed later."""
    words = of_kind(ledger.client, QueueState, TabClosed, TabKilled)
    last = words.sort_values("mono_ns").groupby("tab").tail(1)
    return exploded(of_kind(last, QueueState))


def _clock_zero(ledger: LedgerFrames, table: pd.DataFrame) -> pd.Series:
    """Return from when a wait counts: shown, or the end of the last fault that delayed it."""
    zero = table["shown_ns"]
    network = ledger.network
    for _, rows in network.groupby("fault"):
        starts = of_kind(rows, FaultStart)["mono_ns"].tolist()
        ends = of_kind(rows, FaultEnd)["mono_ns"].tolist()
        for start_ns, end_ns in zip(starts, ends, strict=False):
            hit = (table["durable_ns"] > start_ns) & (zero < end_ns)
            zero = zero.mask(hit.fillna(False), end_ns)
    return zero


def _clock_error_ns(ledger: LedgerFrames) -> int:
    """Return how far the wall clock moved against the monotonic one during the run, or the viewer's
    clock is ahead of those who saw the views come, whichever is more."""
    spread_ns = ledger.remembered(CLOCK_SPREAD, lambda: _spread_ns(ledger))
    return max(view_order(ledger).worst_ns, spread_ns)


def _spread_ns(ledger: LedgerFrames) -> int:
    offsets = [
        frame["wall_ns"] - frame["mono_ns"]
        for frame in (ledger.viewer, ledger.database)
        if not frame.empty
    ]
    if not offsets:
        return 0
    together = pd.concat(offsets)
    return int(together.max() - together.min())


def _views(ledger: LedgerFrames, impressions: pd.DataFrame) -> pd.DataFrame:
    """Return every view with its carriage; an adopted batch keeps the tab that showed it."""
    views = pd.DataFrame(Folding([shown_views(ledger)], VIEW).ids(), copy=False)
    carried = keys_of(views, VIEW).isin(keys_of(processed_receipts(ledger), VIEW))
    stored = keys_of(views, KEY).isin(keys_of(impressions[impressions["copies"] > 0], KEY))
    words = [one.value for one in Carriage]
    codes = np.where(carried, 0, np.where(stored, 1, 2)).astype(np.int8)
    views["carriage"] = pd.Categorical.from_codes(codes, categories=pd.Index(words))
    return views


def keys_of(frame: pd.DataFrame, columns: list[str]) -> pd.Index:
    """Return the rows' keys, to be compared with those of another witness of the same run."""
    return pd.Index(keys(frame, columns))


def names_of(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return the first rows' impressions as ``user/artwork``, the worst fate first."""
    if "fate" in rows:
        order = {fate.value: place for place, fate in enumerate(Fate)}
        rows = rows.assign(order=rows["fate"].map(order)).sort_values(["order", *KEY])
    return tuple(f"{user}/{artwork}" for user, artwork in rows[KEY].head(_NAMED).to_numpy())
