"""What each tab of a run lived through, read from the ledger: the timeline's lanes.

A *tab* is one load of the page under an id of its own. Times are seconds since the run's start, as
the harness received the reports; a page that reports when it is asked is a little late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.ledger.kinds.base import name_of
from harness.ledger.kinds.client import (
    Acknowledged,
    Adopted,
    Attempt,
    BatchRefused,
    BeaconQueued,
    BeaconRefused,
    Held,
    PageHide,
    PageShow,
    TabClosed,
    TabKilled,
    TabLeaving,
    TabOpened,
    Unanswered,
    VisibilityChanged,
)
from harness.ledger.kinds.network import BrowserKilled, BrowserRestored
from harness.ledger.kinds.viewer import ViewShown
from reports.core.kinds import decoded, is_a, of_kind, records
from reports.evidence.fates import HARMLESS_FATES, KEY, Fates
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import ids_of, reason_of

VISIBLE, HIDDEN, CACHED = "visible", "hidden", "cached"
"""What a tab is from one moment to the next; ``cached``: left, and kept by the browser alive."""
CLOSED, AWAY, KILLED, OPEN = "closed", "left", "killed", "open"
"""How a tab ended; ``left``: another page is in its place; ``open``: not at all."""
ANSWERED, SENT, FAILED = "answered", "sent", "failed"
"""What became of an attempt; ``sent``: the page did not report how it ended."""

_ENDS = {
    name_of(Acknowledged): ANSWERED,
    name_of(BatchRefused): FAILED,
    name_of(Held): FAILED,
    name_of(Unanswered): FAILED,
    name_of(BeaconQueued): SENT,
    name_of(BeaconRefused): FAILED,
}


@dataclass(frozen=True, slots=True)
class Spell:
    """From when to when a tab was visible, hidden or cached."""

    start_s: float
    end_s: float
    state: str


@dataclass(frozen=True, slots=True)
class Flush:
    """One attempt: when, over what, what became of it, and when that was known (None: never)."""

    start_s: float
    end_s: float | None
    transport: str
    end: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """A tab took over ``ids`` ids of another tab's queue."""

    at_s: float
    heir: str
    owner: str
    ids: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TabLife:
    """One tab from its first row to its end (the run's last row if it stayed open).

    ``views`` are when it showed something, ``lost`` when it showed what came to no good end.
    """

    tab: str
    user: str
    start_s: float
    end_s: float
    end: str
    restored: bool = False
    spells: tuple[Spell, ...] = ()
    views: tuple[float, ...] = ()
    lost: tuple[float, ...] = ()
    flushes: tuple[Flush, ...] = ()

    @property
    def switches(self) -> int:
        """Return how often it became visible or hidden after it was opened."""
        return max(0, len(self.spells) - 1)

    def in_state(self, state: str) -> float:
        """Return for how many seconds it was so."""
        return sum(one.end_s - one.start_s for one in self.spells if one.state == state)


@dataclass(frozen=True, slots=True)
class Crash:
    """The browser was killed with all its tabs, or came back, and how many tabs those are."""

    at_s: float
    is_kill: bool
    tabs: int


def tab_lives(ledger: LedgerFrames, fates: Fates) -> list[TabLife]:
    """Return every tab in the order of opening."""
    client = ledger.client[ledger.client["tab"].notna() & (ledger.client["tab"] != "")]
    if client.empty:
        return []
    last_s = float(ledger.seconds(client["mono_ns"]).max())
    kills = [one.at_s for one in crashes(ledger) if one.is_kill]
    shown = _shown(ledger, fates)
    lives = []
    for tab, rows in client.sort_values("mono_ns", kind="stable").groupby("tab", sort=False):
        seen = shown.get(str(tab), [])
        lives.append(_life(str(tab), ledger, rows, seen, last_s, kills))
    return sorted(lives, key=lambda life: life.start_s)


def adoptions(ledger: LedgerFrames) -> list[Adoption]:
    """Return every time a tab reported that it took over what another had left."""
    rows = of_kind(ledger.client, Adopted).sort_values("mono_ns")
    return [
        Adoption(
            at_s=float(at_s),
            heir=str(row["tab"]),
            owner=decoded(row, Adopted).reason or "",
            ids=len(ids_of(row)),
        )
        for at_s, row in zip(ledger.seconds(rows["mono_ns"]), records(rows), strict=True)
    ]


def crashes(ledger: LedgerFrames) -> list[Crash]:
    """Return when the browser was killed and when it had come back."""
    rows = of_kind(ledger.network, BrowserKilled, BrowserRestored).sort_values("mono_ns")
    return [
        Crash(float(at_s), is_a(row, BrowserKilled), int(row["value"]))
        for at_s, row in zip(ledger.seconds(rows["mono_ns"]), records(rows), strict=True)
    ]


def _shown(ledger: LedgerFrames, fates: Fates) -> dict[str, list[tuple[float, bool]]]:
    """Return tab → when it showed something, and whether that came to a good end."""
    known = fates.impressions if fates.decided else fates.impressions.iloc[:0]
    harmed = known[~known["fate"].isin(HARMLESS_FATES)]
    bad = set(harmed[KEY].itertuples(index=False, name=None))
    rows = of_kind(ledger.viewer, ViewShown)
    shown: dict[str, list[tuple[float, bool]]] = {}
    for at_s, tab, user, artwork in zip(
        ledger.seconds(rows["mono_ns"]), rows["tab"], rows["user"], rows["artwork"], strict=True
    ):
        shown.setdefault(str(tab), []).append((float(at_s), (user, artwork) not in bad))
    return shown


def _life(
    tab: str,
    ledger: LedgerFrames,
    rows: pd.DataFrame,
    seen: Sequence[tuple[float, bool]],
    last_s: float,
    kills: Sequence[float],
) -> TabLife:
    times = [float(at_s) for at_s in ledger.seconds(rows["mono_ns"])]
    events = list(zip(times, records(rows), strict=True))
    end, end_s = _end(events, last_s)
    if end == KILLED:  # it is written down once the last process has gone
        end_s = max((kill_s for kill_s in kills if kill_s <= end_s), default=end_s)
    opened = [row for _, row in events if is_a(row, TabOpened)]
    users = dict.fromkeys(str(row["user"]) for _, row in events if not pd.isna(row["user"]))
    return TabLife(
        tab=tab,
        user=", ".join(users),
        start_s=times[0],
        end_s=max(end_s, times[0]),
        end=end,
        restored=any(decoded(row, TabOpened).restored for row in opened),
        spells=_spells(events, max(end_s, times[0])),
        views=tuple(sorted(at_s for at_s, good in seen if good)),
        lost=tuple(sorted(at_s for at_s, good in seen if not good)),
        flushes=_flushes(events),
    )


def _end(events: Sequence[tuple[float, dict[str, Any]]], last_s: float) -> tuple[str, float]:
    """Return how a tab ended, and when; one that came back out of the cache had not ended."""
    how, when = OPEN, last_s
    for at_s, row in events:
        if is_a(row, TabClosed, TabKilled):
            return (CLOSED if is_a(row, TabClosed) else KILLED), at_s
        if is_a(row, TabLeaving):
            how, when = AWAY, at_s
        elif is_a(row, PageHide) and how == AWAY:
            when = at_s
        elif _came_back(row):
            how, when = OPEN, last_s
    return how, when


def _spells(events: Sequence[tuple[float, dict[str, Any]]], end_s: float) -> tuple[Spell, ...]:
    """Return when it was visible, hidden or cached, without gaps.

    A page that leaves may not report it; then the harness's own ``TabLeaving`` row counts.
    """
    changes = [(at_s, _state_of(row)) for at_s, row in events]
    changes = [(at_s, state) for at_s, state in changes if state]
    returns = [at_s for at_s, row in events if _came_back(row)]
    opened = [decoded(row, TabOpened) for _, row in events if is_a(row, TabOpened)]
    state = (opened[0].visibility or "") if opened else ""
    if state not in (VISIBLE, HIDDEN):
        # Not known: a tab that was first reported visible had been opened behind another.
        state = HIDDEN if changes and changes[0][1] == VISIBLE else VISIBLE
    since, spells = events[0][0], list[Spell]()
    for at_s, reported in changes:
        now = reported
        if reported == CACHED and not any(back_s >= at_s for back_s in returns):
            now = HIDDEN
        elif state == CACHED and reported == HIDDEN:
            now = CACHED  # some engines report hidden only after pagehide
        if now != state and at_s < end_s:
            spells.append(Spell(since, at_s, state))
            since, state = at_s, now
    spells.append(Spell(since, max(end_s, since), state))
    return tuple(spells)


def _state_of(row: dict[str, Any]) -> str:
    """Return the state that a row tells of, or nothing."""
    if is_a(row, TabLeaving, PageHide):
        return CACHED
    words = reason_of(row) if is_a(row, VisibilityChanged, PageShow) else []
    if "visible" in words or "persisted=true" in words:
        return VISIBLE
    return HIDDEN if "hidden" in words else ""


def _came_back(row: dict[str, Any]) -> bool:
    """Return whether a row reports that its page came back from the cache alive."""
    return is_a(row, PageShow) and "persisted=true" in reason_of(row)


def _flushes(events: Sequence[tuple[float, dict[str, Any]]]) -> tuple[Flush, ...]:
    """Return every attempt with its end; an end may name the number of a later attempt."""
    under_way: list[tuple[tuple[str, str, str], float]] = []
    done: list[Flush] = []
    for at_s, row in events:
        request = (str(row["batch"]), str(row["transport"]), str(row["attempt"]))
        if is_a(row, Attempt):
            under_way.append((request, at_s))
        elif row["kind"] in _ENDS and not pd.isna(row["transport"]):
            mine = [one for one in under_way if one[0] == request]
            mine = mine or [one for one in under_way if one[0][:2] == request[:2]]
            if mine:
                under_way.remove(mine[0])
                end = _ENDS[row["kind"]]
                known_s = None if end == SENT else at_s
                done.append(Flush(mine[0][1], known_s, request[1], end))
    done += [Flush(start_s, None, request[1], SENT) for request, start_s in under_way]
    return tuple(sorted(done, key=lambda flush: flush.start_s))
