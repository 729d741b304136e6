"""Several tabs at once: what the server absorbed and why, and what the database itself says."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import pandas as pd

from harness.ledger.schema import Saw
from reports.checks.base import failed, passed, undecided
from reports.evidence.evidence import Evidence
from reports.evidence.fates import VIEW, keys_of, processed_receipts
from reports.evidence.pages import (
    batch_receipts,
    batches_in,
    detail_of,
    may_lack_receipts,
    reason_of,
    records,
)
from reports.verdict.verdict import Finding

_MANY = 8
_ORIGIN = "time origin"


def roadmap_sql(evidence: Evidence) -> Finding:
    """The roadmap's own query past the server found no (user, artwork) with more than one row."""
    name = "roadmap_sql"
    database = evidence.ledger.database
    asked = database[database["kind"] == Saw.ROADMAP_SQL.value]
    finals = database[database["kind"] == Saw.FINAL.value]
    if asked.empty or finals.empty:
        return undecided(name, "the roadmap's query was not asked", n=0)
    found, rows = int(asked["rows"].iloc[-1]), int(finals["rows"].iloc[-1])
    figures = {"measured": float(found), "target": 0.0, "unit": "rows", "n": rows}
    if found:
        last = int(asked["mono_ns"].max())
        twice = database[database["kind"] == Saw.ROADMAP_SQL_ROW.value]
        twice = twice[twice["mono_ns"] == last]
        told = tuple(f"{r['user']}/{r['artwork']}" for r in records(twice.head(_MANY)))
        return failed(name, f"the roadmap's query returns {found} rows", examples=told, **figures)
    if rows == 0:
        return undecided(name, "the roadmap's query was asked of an empty table", **figures)
    return passed(name, f"the roadmap's query returns 0 rows, of {rows} stored", **figures)


def no_violations(evidence: Evidence) -> Finding:
    """PostgreSQL's own log holds no violated unique constraint (SQLSTATE 23505).

    The harness violated one on purpose before the first batch was committed and one after the last:
    a log that does not show both might not have shown another either.
    """
    name = "no_violations"
    rows = evidence.ledger.database
    told = rows[rows["kind"] == Saw.VIOLATIONS.value]["rows"]
    if told.empty:
        return undecided(name, "there is no log of the database's own", n=0)
    receipts = evidence.ledger.server[evidence.ledger.server["kind"] == "batch"]
    if receipts.empty:
        return undecided(name, "the server left no receipts of anything written", n=0)
    found = int(told.max())
    figures = {"measured": float(found), "target": 0.0, "unit": "violations", "n": len(told)}
    if found:
        return failed(name, f"the database logged {found} violations of a constraint", **figures)
    ours = rows[rows["kind"] == Saw.SENTINEL.value]
    shown = ours[ours["rows"] == 1]["mono_ns"]
    written = receipts["committed_mono_ns"].dropna()
    if ours.empty or len(shown) < len(ours):
        told_of = f"{len(shown)} of {len(ours)} violations that were made on purpose"
        return undecided(name, f"the database's log shows {told_of}", **figures)
    if not written.empty and not (shown.min() < written.min() and written.max() < shown.max()):
        return undecided(name, "nothing was violated on purpose before or after it all", **figures)
    words = f"no violation of a constraint but {shown.nunique()} made on purpose"
    return passed(name, f"the database logged {words}", **figures)


def absorbed_explained(evidence: Evidence, *, least: float = 0.0) -> Finding:
    """Each id that the server absorbed as a duplicate had come before; where from is told.

    With ``least`` so many must have been absorbed, or the scenario brought about no race.
    """
    name = "absorbed_explained"
    receipts = batch_receipts(evidence.ledger)
    if receipts.empty:
        return undecided(name, "the server left no receipts", n=0)
    absorbed = int(receipts["duplicate"].fillna(0).sum())
    causes, examples, over = _causes(receipts)
    explained = causes.total()
    why = ", ".join(f"{count} {cause}" for cause, count in causes.most_common())
    figures = {"measured": float(absorbed), "unit": "ids", "n": len(receipts)}
    in_doubt = may_lack_receipts(evidence.ledger)
    if absorbed > explained or over:
        if in_doubt:
            return undecided(name, "what came before may have left no receipt", **figures)
        sentence = f"{absorbed} ids were absorbed, of which {explained} had come before"
        return failed(name, sentence, examples=tuple(over[:_MANY]), **figures)
    if absorbed < explained and not in_doubt:
        sentence = f"{explained} ids came again ({why}), but only {absorbed} were absorbed"
        return failed(name, sentence, examples=tuple(examples[:_MANY]), **figures)
    if absorbed < least:
        told = f"{absorbed} ids were absorbed, less than the {least:.0f} of a race"
        return undecided(name, told, **figures)
    told = f"{absorbed} ids were absorbed as duplicates" + (f": {why}" if why else "")
    return passed(name, told, examples=tuple(examples[:_MANY]), **figures)


def repeats_bounded(evidence: Evidence, *, impressions: float) -> Finding:
    """At most so many different impressions arrived more than once, however often they did.

    What a request under way carries when its page is hidden may be sent again, and nothing else.
    """
    name = "repeats_bounded"
    receipts = batch_receipts(evidence.ledger)
    if receipts.empty:
        return undecided(name, "the server left no receipts", n=0)
    carried = Counter(
        (str(row["user"]), artwork)
        for row in records(receipts)
        for artwork in dict.fromkeys(row["artworks"])
    )
    again = sorted(artwork for (_, artwork), count in carried.items() if count > 1)
    figures = {"measured": float(len(again)), "target": impressions, "n": len(receipts)}
    sentence = f"{len(again)} of {len(carried)} impressions arrived more than once"
    examples = tuple(again[:_MANY])
    if len(again) > impressions:
        return failed(name, f"{sentence}, {impressions:.0f} were under way", examples=examples,
                      **figures)  # fmt: skip
    if may_lack_receipts(evidence.ledger):
        return undecided(name, f"{sentence}; a request may have left no receipt", **figures)
    return passed(name, sentence, examples=examples, **figures)


def _causes(receipts: pd.DataFrame) -> tuple[Counter[str], list[str], list[str]]:
    """Return cause → ids that came again, examples, and receipts that absorbed more than came.

    What was committed at once was written at once: any of it may have been the first.
    """
    first: dict[tuple[str, str], dict[str, Any]] = {}
    causes, examples, over = Counter[str](), list[str](), list[str]()
    rows = records(receipts.sort_values("committed_mono_ns", kind="stable"))
    together = Counter(
        (str(row["user"]), one, row["committed_mono_ns"])
        for row in rows
        for one in dict.fromkeys(row["artworks"])
    )
    for row in rows:
        may_absorb = 0
        seen_here: set[str] = set()
        for artwork in row["artworks"]:
            key = (str(row["user"]), artwork)
            came = first.setdefault(key, row)
            again = came is not row or artwork in seen_here
            seen_here.add(artwork)
            may_absorb += again or together[*key, row["committed_mono_ns"]] > 1
            if again:
                cause = _cause(came, row)
                causes[cause] += 1
                examples.append(f"{artwork} of tab {_brief(row)}: {cause}, first {_brief(came)}")
        if int(row["duplicate"]) > may_absorb:
            over.append(f"tab {_brief(row)} absorbed {row['duplicate']}, {may_absorb} came before")
    return causes, examples, over


def _cause(first: dict[str, Any], row: dict[str, Any]) -> str:
    """Return why an id came again."""
    if pd.isna(first["tab"]) or pd.isna(row["tab"]):
        return "from a tab without a name"
    if first["tab"] != row["tab"]:
        return "from another tab"
    if first is row:
        return "twice in one batch"
    return "sent again" if first["batch"] == row["batch"] else "in another batch of its tab"


def _brief(row: dict[str, Any]) -> str:
    return f"{str(row['tab'])[:8]} attempt {row['attempt']} by {row['transport']}"


def nothing_for_another(evidence: Evidence) -> Finding:
    """No view was recorded for anybody but the person who saw it in that tab."""
    name = "nothing_for_another"
    ledger = evidence.ledger
    shown = ledger.viewer[ledger.viewer["kind"] == Saw.VIEW_INTENT.value]
    carried = processed_receipts(ledger)
    if shown.empty or carried.empty:
        return undecided(name, "nothing was shown, or the server left no receipts", n=0)
    place = ["tab", "artwork"]
    known = carried[keys_of(carried, place).isin(keys_of(shown, place))]
    wrong = known[~keys_of(known, VIEW).isin(keys_of(shown, VIEW))]
    users = shown["user"].nunique()
    figures = {"measured": float(len(wrong)), "target": 0.0, "unit": "ids", "n": len(known)}
    if len(wrong):
        told = tuple(f"{r['artwork']} as {r['user']}" for r in records(wrong.head(_MANY)))
        return failed(name, f"{len(wrong)} ids were taken for another's", examples=told, **figures)
    if users < 2 or known.empty:
        return undecided(name, f"{users} people saw something that arrived", **figures)
    return passed(name, f"{len(known)} ids of {users} people, each for who saw it", **figures)


def opened_within(evidence: Evidence, *, tabs: float, within_s: float) -> Finding:
    """So many pages began to load within the bound, by their own clocks.

    Else they were not opened at once, and a race was not tried.
    """
    name = "opened_within"
    rows = evidence.ledger.client[evidence.ledger.client["kind"] == "answer"]
    said = [detail_of(text) for text in rows["detail"]]
    times = [one.get("answer") for one in said if one.get("question") == _ORIGIN]
    origins = [float(one) for one in times if isinstance(one, int | float)]
    figures = {"target": within_s, "unit": "s", "n": len(origins)}
    if len(origins) != tabs or not origins:
        told = f"{len(origins)} of {tabs:.0f} pages said when they began to load"
        return undecided(name, told, **figures)
    spread_s = (max(origins) - min(origins)) / 1000
    told = f"{len(origins)} pages began to load within {spread_s:.3f} s, bound {within_s:g} s"
    if spread_s > within_s:
        return undecided(name, told, measured=spread_s, **figures)
    return passed(name, told, measured=spread_s, **figures)


def flushes_per_switch(evidence: Evidence, *, share: float, least: float) -> Finding:
    """The batches that the server counted are fewer than this share of the real tab switches.

    None of them is empty. A switch is a page that the browser itself told it was hidden or visible
    again; ``least`` so many make the share mean something.
    """
    name = "flushes_per_switch"
    ledger = evidence.ledger
    events = records(ledger.client[ledger.client["kind"] == "visibility"])
    real = [reason_of(row) for row in events]
    switches = sum("visible" in words and "isTrusted=true" in words for words in real)
    receipts = ledger.server[ledger.server["kind"] == "batch"]
    empty = int((receipts["received"].fillna(0) == 0).sum())
    _, batches = batches_in(batch_receipts(ledger))
    figures = {"measured": float(batches), "target": share * switches, "unit": "batches"}
    told = f"{batches} batches with something in them, {switches} switches"
    if receipts.empty:
        return undecided(name, "the server left no receipts", n=0)
    if empty:
        return failed(name, f"{empty} of {len(receipts)} requests were empty", n=switches)
    if switches < least:
        return undecided(name, f"{told}, planned {least:.0f} or more", n=switches, **figures)
    if batches >= share * switches:
        return failed(name, f"{told}: not under {share:g} of them", n=switches, **figures)
    return passed(name, f"{told}: {batches / switches:.3f} a switch", n=switches, **figures)


def order_told(evidence: Evidence, *, least: float) -> Finding:
    """Each page told of being hidden and visible in turn, and of what it flushed in that order.

    By its own clock: an event that is told twice or missed would count one hide as two.
    """
    name = "order_told"
    client = evidence.ledger.client
    turns, wrong = 0, []
    for tab, rows in client[client["kind"] == "visibility"].groupby("tab"):
        ordered = rows.sort_values("page_wall_ns", kind="stable")
        states = [(reason_of(row) or [""])[0] for row in records(ordered)]
        turns += len(states)
        wrong += [f"tab {str(tab)[:8]}: {a} twice" for a, b in itertools.pairwise(states) if a == b]
    figures = {"measured": float(len(wrong)), "target": 0.0, "unit": "events", "n": turns}
    if wrong:
        sentence = f"{len(wrong)} of {turns} events do not alternate"
        return failed(name, sentence, examples=tuple(wrong[:_MANY]), **figures)
    if turns < max(least, 1):
        return undecided(name, f"{turns} events, planned {least:.0f} or more", **figures)
    return passed(name, f"{turns} events, hidden and visible in turn", **figures)
