"""What became of every impression: one fate each, the worst that applies.

An impression is (user, artwork). The joins are by id, never by totals. Who decides what:

- *shown* and *intended* come from the viewer; only what was shown can be lost, and what was only
  intended is never a phantom;
- *acknowledged* is a 2xx that the client itself observed; receipts never upgrade;
- *stored* is the final read of the table; *seen* any poll before it;
- *queued* is what a living page still held at its last word.
"""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass

import pandas as pd

from harness.observations import Outcome, Saw
from reports.frame import LedgerFrames, exploded

KEY = ["user", "artwork"]
VIEW = ["user", "tab", "artwork"]

_POSTGRES_GRAIN_NS = 1_000  # timestamps are stored in whole microseconds
CLOCK_ERROR_NS_MAX = 5_000_000  # above this the wall clock moved too much for `corrupt`


class Fate(enum.Enum):
    """What became of an impression, worst first. The value is the word used everywhere."""

    LOST_ACKED = "lost_acked"
    VANISHED = "vanished"
    DUPLICATE_STORED = "duplicate_stored"
    CORRUPT = "corrupt"
    PHANTOM = "phantom"
    LOST_UNACKED = "lost_unacked"
    UNDELIVERED = "undelivered"
    LATE = "late"
    RECOVERED = "recovered"
    RECORDED_ONCE = "recorded_once"


class Carriage(enum.Enum):
    """How a view reached the table: in a receipt of its own tab, through another view, or not."""

    CARRIED = "carried"
    COVERED = "covered"
    UNCARRIED = "uncarried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fates:
    """``impressions``: one row each, with its times (monotonic ns, null where it never happened)
    and its ``fate``; ``views``: one row each with its ``carriage``; ``decided`` is false when
    there was no final read, and then nothing in here is a verdict."""

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
        return {f.value: int(found[f.value]) for f in Fate if f.value in found.index}

    def with_fate(self, *fates: Fate) -> pd.DataFrame:
        """Return the impressions with one of the fates."""
        return self.impressions[self.impressions["fate"].isin([f.value for f in fates])]


def classify(ledger: LedgerFrames, *, late_after_s: float | None = None) -> Fates:
    """Give every impression its fate. ``late_after_s`` counts from shown or from the end of the
    last fault, whichever is later; None: nothing is late."""
    final = ledger.database[ledger.database["kind"] == Saw.FINAL_ROW.value]
    seen = ledger.database[ledger.database["kind"] == Saw.APPEARED.value]
    parts = {
        "intended_ns": _first(ledger.viewer, Saw.VIEW_INTENT, "mono_ns"),
        "intended_wall_ns": _first(ledger.viewer, Saw.VIEW_INTENT, "wall_ns"),
        "shown_ns": _first(ledger.viewer, Saw.VIEW_SHOWN, "mono_ns"),
        "acked_ns": _acknowledged(ledger),
        "committed_ns": _committed(ledger, "committed_mono_ns", "min"),
        "committed_wall_ns": _committed(ledger, "committed_wall_ns", "max"),
        "first_seen_ns": seen.groupby(KEY)["mono_ns"].min(),
        "first_seen_wall_ns": seen.groupby(KEY)["wall_ns"].min(),
        "copies": final.groupby(KEY)["copies"].sum(),
        "viewed_wall_ns": final.groupby(KEY)["viewed_wall_ns"].min(),
        "queued": _queued(ledger),
    }
    table = pd.concat(
        [series.rename(name).astype("Int64") for name, series in parts.items()], axis=1
    )
    table.index = table.index.set_names(KEY)
    table["copies"] = table["copies"].fillna(0)
    table["queued"] = table["queued"].fillna(0)
    stored = table["copies"] > 0
    table["durable_ns"] = table["committed_ns"].fillna(table["first_seen_ns"]).where(stored)
    # What neither was shown nor is stored nor was ever seen has no fate to speak of.
    table = table[table["shown_ns"].notna() | stored | table["first_seen_ns"].notna()].copy()
    clock_error_ns = _clock_error_ns(ledger)
    waited_ns = table["durable_ns"] - _clock_zero(ledger, table["shown_ns"])
    table["waited_s"] = waited_ns.astype("Float64") / 1e9
    table["fate"] = _fate(table, late_after_s, judge_clock=clock_error_ns <= CLOCK_ERROR_NS_MAX)
    return Fates(
        impressions=table.reset_index(),
        views=_views(ledger, table),
        decided=bool((ledger.database["kind"] == Saw.FINAL.value).any()),
        clock_error_ns=clock_error_ns,
    )


def _fate(table: pd.DataFrame, late_after_s: float | None, *, judge_clock: bool) -> pd.Series:
    shown, acked = table["shown_ns"].notna(), table["acked_ns"].notna()
    intended = table["intended_ns"].notna() | shown
    stored, queued = table["copies"] > 0, table["queued"] > 0
    seen = table["first_seen_ns"].notna()
    late = table["waited_s"] > late_after_s if late_after_s is not None else stored & False
    rules = [  # best first: a worse fate overwrites a better one
        (Fate.RECORDED_ONCE, stored & acked),
        (Fate.RECOVERED, stored & ~acked),
        (Fate.LATE, stored & late.fillna(False)),
        (Fate.UNDELIVERED, shown & ~stored & queued),
        (Fate.LOST_UNACKED, shown & ~stored & ~queued),
        (Fate.PHANTOM, stored & ~intended),
        (Fate.CORRUPT, stored & intended & _viewed_outside(table) & judge_clock),
        (Fate.DUPLICATE_STORED, table["copies"] > 1),
        (Fate.VANISHED, seen & ~stored),
        (Fate.LOST_ACKED, shown & acked & ~stored),
    ]
    fate = pd.Series("", index=table.index, dtype="object")
    for name, applies in rules:
        fate[applies.astype(bool)] = name.value
    return fate


def _viewed_outside(table: pd.DataFrame) -> pd.Series:
    """Return where viewed_at is not between the intent and the commit (or the first sight)."""
    upper = table["committed_wall_ns"].fillna(table["first_seen_wall_ns"])
    early = table["viewed_wall_ns"] < table["intended_wall_ns"] - _POSTGRES_GRAIN_NS
    late = table["viewed_wall_ns"] > upper + _POSTGRES_GRAIN_NS
    return early.fillna(False) | late.fillna(False)


def _first(viewer: pd.DataFrame, kind: Saw, column: str) -> pd.Series:
    return viewer[viewer["kind"] == kind.value].groupby(KEY)[column].min()


def _acknowledged(ledger: LedgerFrames) -> pd.Series:
    by_page = exploded(ledger.client[ledger.client["kind"] == "acknowledged"])
    answered = ledger.load["outcome"] == Outcome.ACKNOWLEDGED.value
    by_load = exploded(ledger.load[answered].assign(mono_ns=ledger.load["done_ns"]))
    both = pd.concat([by_page[[*KEY, "mono_ns"]], by_load[[*KEY, "mono_ns"]]])
    return both.groupby(KEY)["mono_ns"].min()


def processed_receipts(ledger: LedgerFrames) -> pd.DataFrame:
    """Return the receipts of batches that the server says it committed, one row per id."""
    done = (ledger.server["kind"] == "batch") & ledger.server["committed_mono_ns"].notna()
    return exploded(ledger.server[done])


def _committed(ledger: LedgerFrames, column: str, how: str) -> pd.Series:
    return processed_receipts(ledger).groupby(KEY)[column].agg(how)


def _queued(ledger: LedgerFrames) -> pd.Series:
    """Return the impressions that a page still held at its last word, unless it closed later."""
    words = ledger.client[ledger.client["kind"].isin(["queue", "tab_closed"])]
    last = words.sort_values("mono_ns").groupby("tab").tail(1)
    held = exploded(last[last["kind"] == "queue"])
    return held.groupby(KEY).size()


def _clock_zero(ledger: LedgerFrames, shown_ns: pd.Series) -> pd.Series:
    """Return from when a wait counts: shown, or the end of the last fault if that is later."""
    ends = ledger.network[ledger.network["kind"] == "fault_end"]["mono_ns"]
    if ends.empty:
        return shown_ns
    return shown_ns.where(shown_ns > int(ends.max()), int(ends.max())).where(shown_ns.notna())


def _clock_error_ns(ledger: LedgerFrames) -> int:
    """Return how far the wall clock moved against the monotonic one during the run."""
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
    shown = ledger.viewer[ledger.viewer["kind"] == Saw.VIEW_SHOWN.value]
    views = shown.groupby(VIEW)["mono_ns"].min().reset_index()
    receipts = processed_receipts(ledger)[VIEW].drop_duplicates()
    carriers = receipts.rename(columns={"tab": "carrier"})
    by_tab = views.merge(_carriers_of(ledger, views), on="tab", how="left")
    carried = by_tab.merge(carriers, on=["user", "carrier", "artwork"], how="inner")
    carried_keys = pd.MultiIndex.from_frame(carried[VIEW].astype(str))
    is_carried = pd.MultiIndex.from_frame(views[VIEW].astype(str)).isin(carried_keys)
    stored = impressions["copies"] > 0
    is_stored = pd.MultiIndex.from_frame(views[KEY]).isin(impressions.index[stored])
    views["carriage"] = Carriage.UNCARRIED.value
    views.loc[is_stored, "carriage"] = Carriage.COVERED.value
    views.loc[is_carried, "carriage"] = Carriage.CARRIED.value
    return views


def _carriers_of(ledger: LedgerFrames, views: pd.DataFrame) -> pd.DataFrame:
    """Return tab → carrier: itself, and every tab that adopted its queue."""
    tabs = views[["tab"]].drop_duplicates()
    adoptions = ledger.client[ledger.client["kind"] == "adopted"]
    adopted = pd.DataFrame(
        {"tab": adoptions["detail"].map(_dead_tab), "carrier": adoptions["tab"]}, dtype="object"
    )
    return pd.concat([tabs.assign(carrier=tabs["tab"]), adopted], ignore_index=True)


def _dead_tab(detail: str | None) -> str:
    return str(json.loads(detail or "{}").get("reason", ""))
