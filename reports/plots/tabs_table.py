"""A run's tabs in words and as a table: what the picture of them says."""

from __future__ import annotations

from collections.abc import Sequence

from reports.core.text import count, one_line
from reports.evidence.tabs import (
    ANSWERED,
    AWAY,
    CLOSED,
    FAILED,
    KILLED,
    OPEN,
    SENT,
    VISIBLE,
    Adoption,
    Crash,
    TabLife,
)
from reports.plots.drawing.picture import seconds

ENDS = {CLOSED: "closed", KILLED: "killed", AWAY: "left", OPEN: "still open"}
_MOST_CRASHES = 3


def short(tab: str) -> str:
    """Return as much of a tab's id as one needs to tell it from the others of a run."""
    plain = one_line(tab)
    return plain if len(plain) <= 6 else f"{plain[:4]}…"


def describe(
    lives: Sequence[TabLife], adoptions: Sequence[Adoption], crashes: Sequence[Crash]
) -> str:
    """Return what the tabs lived through, in a few sentences."""
    flushes = [flush for life in lives for flush in life.flushes]
    views = sum(len(life.views) + len(life.lost) for life in lives)
    lost = sum(len(life.lost) for life in lives)
    failed = sum(flush.end == FAILED for flush in flushes)
    unanswered = sum(flush.end == SENT for flush in flushes)
    sentences = [
        f"{count(len(lives), 'tab')} showed {count(views, 'view')}"
        + (f", {lost:,} of them without a good end" if lost else "")
        + f"; {count(sum(life.switches for life in lives), 'change')} between visible and hidden. "
        f"{count(len(flushes), 'attempt')} to send: {failed:,} failed, {unanswered:,} of which the "
        "page saw no answer."
    ]
    sentences += _crash_sentences(crashes)
    if adoptions:
        ids = sum(one.ids for one in adoptions)
        sentences.append(
            f"{count(len(adoptions), 'time')} a tab took over another's queue, "
            f"{count(ids, 'id')} in all."
        )
    return " ".join(sentences)


def _crash_sentences(crashes: Sequence[Crash]) -> list[str]:
    kills = [one for one in crashes if one.is_kill]
    if len(kills) > _MOST_CRASHES:
        dead = count(sum(one.tabs for one in kills), "tab")
        back = count(sum(one.tabs for one in crashes if one not in kills), "tab")
        return [
            f"The browser was killed {len(kills):,} times with {dead} in all; {back} came back."
        ]
    sentences = []
    for one in crashes:
        is_kill = one.is_kill
        what = "The browser was killed with" if is_kill else "It came back with"
        sentences.append(f"{what} {count(one.tabs, 'tab')} at {seconds(one.at_s)} s.")
    return sentences


def table(lives: Sequence[TabLife], adoptions: Sequence[Adoption]) -> tuple[tuple[str, ...], ...]:
    """Return a row for each tab, in the order of opening."""
    rows: list[tuple[str, ...]] = [
        (
            *("tab", "user", "from second", "to", "end", "visible s", "changes", "views"),
            *("lost", "attempts", "answered", "failed", "ids taken over"),
        )
    ]
    for life in lives:
        ends = [flush.end for flush in life.flushes]
        figures = [
            *(life.switches, len(life.views) + len(life.lost), len(life.lost), len(ends)),
            *(ends.count(ANSWERED), ends.count(FAILED)),
            sum(one.ids for one in adoptions if one.heir == life.tab),
        ]
        rows.append(
            (
                *(short(life.tab), one_line(life.user)),
                *(seconds(life.start_s), seconds(life.end_s), ENDS[life.end]),
                seconds(life.in_state(VISIBLE)),
                *(f"{n:,}" for n in figures),
            )
        )
    return tuple(rows)
