"""Was every impression that somebody saw stored exactly once, and nothing else?"""

from __future__ import annotations

import json

import pandas as pd

from reports.checks.base import failed, passed, undecided
from reports.core.types import Flags
from reports.evidence.evidence import Evidence
from reports.evidence.fates import KEY, VIEW, Carriage, Fate, keys_of, processed_receipts
from reports.evidence.frame import OUTCOME_UNKNOWN, exploded
from reports.verdict.verdict import Finding

_LOSSES = (Fate.LOST_ACKED, Fate.VANISHED, Fate.LOST_UNACKED, Fate.UNDELIVERED)


def views_as_planned(evidence: Evidence, *, views: float) -> Finding:
    """The scenario showed what it set out to show; fewer views prove less than was promised."""
    name = "views_as_planned"
    shown = len(evidence.fates.views)
    figures = {"measured": float(shown), "target": views, "unit": "views", "n": shown}
    if shown != views:
        return undecided(name, f"{shown} of {views:.0f} planned views were shown", **figures)
    return passed(name, f"all {shown} planned views were shown", **figures)


def nothing_lost(evidence: Evidence) -> Finding:
    """Every impression that was shown has its row at the end."""
    name = "nothing_lost"
    shown = evidence.fates.impressions["shown_ns"].notna()
    total = int(shown.sum())
    if total == 0:
        return undecided(name, "nothing was shown, so nothing could be lost", n=0)
    if not evidence.fates.decided:
        return undecided(name, f"{total} shown, but there was no final read", n=total)
    lost = evidence.fates.with_fate(*_LOSSES)
    figures = {"measured": float(len(lost)), "target": 0.0, "unit": "impressions", "n": total}
    if len(lost):
        what = _by_fate(lost)
        return failed(
            name,
            f"{len(lost)} of {total} shown impressions have no row: {what}",
            examples=_ids(lost),
            **figures,
        )
    return passed(name, f"all {total} shown impressions have their row", **figures)


def nothing_twice(evidence: Evidence) -> Finding:
    """No impression has two rows."""
    name = "nothing_twice"
    stored, reason = _stored(evidence)
    if reason:
        return undecided(name, reason, n=0)
    twice = evidence.fates.with_fate(Fate.DUPLICATE_STORED)
    extra = int((twice["copies"] - 1).sum())
    figures = {"measured": float(extra), "target": 0.0, "unit": "surplus rows", "n": len(stored)}
    if len(twice):
        return failed(
            name,
            f"{len(twice)} impressions are stored more than once, {extra} rows too many",
            examples=_ids(twice),
            **figures,
        )
    return passed(name, f"all {len(stored)} stored impressions have one row", **figures)


def nothing_unshown(evidence: Evidence) -> Finding:
    """Nothing is stored that nobody was shown."""
    name = "nothing_unshown"
    stored, reason = _stored(evidence)
    if reason:
        return undecided(name, reason, n=0)
    phantoms = stored[stored["unshown"]]
    figures = {
        "measured": float(len(phantoms)),
        "target": 0.0,
        "unit": "impressions",
        "n": len(stored),
    }
    if len(phantoms):
        return failed(
            name,
            f"{len(phantoms)} stored impressions were never shown",
            examples=_ids(phantoms),
            **figures,
        )
    return passed(name, f"all {len(stored)} stored impressions were shown", **figures)


def nothing_corrupt(evidence: Evidence) -> Finding:
    """Every row says that it was viewed between the intent to show it and its commit."""
    name = "nothing_corrupt"
    stored, reason = _stored(evidence)
    if reason:
        return undecided(name, reason, n=0)
    if not evidence.fates.clock_is_steady:
        moved_ms = evidence.fates.clock_error_ns / 1e6
        return undecided(
            name, f"the wall clock moved by {moved_ms:.1f} ms during the run", n=len(stored)
        )
    corrupt = stored[stored["altered"]]
    figures = {
        "measured": float(len(corrupt)),
        "target": 0.0,
        "unit": "impressions",
        "n": len(stored),
    }
    if len(corrupt):
        return failed(
            name,
            f"{len(corrupt)} rows have a viewed_at that is outside [intent, commit] or has changed",
            examples=_ids(corrupt),
            **figures,
        )
    return passed(name, f"viewed_at of all {len(stored)} rows lies in [intent, commit]", **figures)


def every_view_carried(evidence: Evidence) -> Finding:
    """Every view reached the server in a receipt that names its own tab.

    A view whose row exists only through another view is a failure too: otherwise four lost queues
    could hide behind a fifth tab that showed the same artwork. A row that no receipt explains,
    because the server was killed or lost its database in the middle, speaks for its view.
    """
    name = "every_view_carried"
    views = evidence.fates.views
    if views.empty:
        return undecided(name, "nothing was shown", n=0)
    if not (evidence.ledger.server["kind"] == "batch").any():
        return undecided(name, "the server left no receipts", n=0)
    missed = views[views["carriage"] != Carriage.CARRIED.value]
    missed = missed[~_unreceipted(evidence, missed)]
    anonymous = processed_receipts(evidence.ledger)
    anonymous = anonymous[anonymous["tab"].isna()]
    untold = keys_of(missed, KEY).isin(keys_of(anonymous, KEY))
    figures = {"measured": float(len(missed)), "target": 0.0, "unit": "views", "n": len(views)}
    if (~untold).any():
        lost = missed[~untold]
        covered = int((lost["carriage"] == Carriage.COVERED.value).sum())
        return failed(
            name,
            f"{len(lost)} of {len(views)} views are in no processed receipt, {covered} of "
            "them covered by another view",
            examples=_ids(lost),
            **figures,
        )
    if untold.any():
        return undecided(name, f"the receipts of {len(missed)} views name no tab", **figures)
    return passed(name, f"all {len(views)} views are in processed receipts", **figures)


def _unreceipted(evidence: Evidence, views: pd.DataFrame) -> Flags:
    """Return which views have a row that a broken server could not write a receipt for."""
    receipts = evidence.ledger.server
    stored = evidence.fates.impressions[evidence.fates.impressions["copies"] > 0]
    told = keys_of(views, KEY).isin(keys_of(processed_receipts(evidence.ledger), KEY))
    has_row = keys_of(views, KEY).isin(keys_of(stored, KEY))
    in_doubt = exploded(receipts[receipts["reason"] == OUTCOME_UNKNOWN])
    doubted = keys_of(views, VIEW).isin(keys_of(in_doubt, VIEW))
    return has_row & ~told & (doubted | bool(evidence.ledger.killed_lifetimes))


def drained_in_time(evidence: Evidence) -> Finding:
    """Every living page that was given time to deliver what it held did so by itself.

    A visitor who comes back would deliver it too, and hide that the page had been stuck.
    """
    name = "drained_in_time"
    client = evidence.ledger.client
    waited = client[client["kind"].isin(["drained", "undrained"])]
    stuck = waited[waited["kind"] == "undrained"]
    figures = {"measured": float(len(stuck)), "target": 0.0, "unit": "pages", "n": len(waited)}
    if waited.empty:
        return undecided(name, "no page was given time to deliver", **figures)
    if len(stuck):
        limit = json.loads(str(stuck["detail"].iloc[0]))["within_s"]
        return failed(name, f"a page still held views after {limit:g} s", **figures)
    return passed(name, f"pages delivered in time, {len(waited)} times", **figures)


def in_time(evidence: Evidence, *, within_s: float) -> Finding:
    """Every impression was durable within the bound, counted from the last fault's end.

    What never became durable counts as late: dropping it would flatter the tail.
    """
    name = "in_time"
    shown = evidence.fates.impressions[evidence.fates.impressions["shown_ns"].notna()]
    if shown.empty or not evidence.fates.decided:
        return undecided(name, "nothing was shown or there was no final read", n=0)
    never = shown["durable_ns"].isna()
    late = shown[never | (shown["waited_s"] > within_s).fillna(True)]
    slowest = float(shown["waited_s"].max()) if not never.all() else float("inf")
    figures = {"target": within_s, "unit": "s", "n": len(shown)}
    if len(late):
        return failed(
            name,
            f"{len(late)} of {len(shown)} impressions were not durable within "
            f"{within_s:g} s ({int(never.sum())} of them never)",
            examples=_ids(late),
            **figures,
        )
    return passed(
        name,
        f"all {len(shown)} impressions were durable within {slowest:.2f} s, bound {within_s:g} s",
        measured=slowest,
        **figures,
    )


def _stored(evidence: Evidence) -> tuple[pd.DataFrame, str]:
    if not evidence.fates.decided:
        return evidence.fates.impressions.iloc[:0], "there was no final read of the table"
    stored = evidence.fates.impressions[evidence.fates.impressions["copies"] > 0]
    return stored, "" if len(stored) else "the final read found no row"


def _by_fate(impressions: pd.DataFrame) -> str:
    counts = impressions["fate"].value_counts()
    return ", ".join(f"{counts[f.value]} {f.value}" for f in Fate if counts[f.value])


def _ids(rows: pd.DataFrame) -> tuple[str, ...]:
    order = {fate.value: place for place, fate in enumerate(Fate)}
    if "fate" in rows:
        rows = rows.assign(order=rows["fate"].map(order)).sort_values(["order", "user", "artwork"])
    return tuple(f"{user}/{artwork}" for user, artwork in rows[["user", "artwork"]].head(8).values)
