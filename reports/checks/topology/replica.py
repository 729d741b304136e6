"""The replica: are its answers fresh enough, are they its own, and how does it follow its primary?

An answer about freshness is compared with what its user had been acknowledged; it never says what
is stored.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.ledger.kinds import TOPOLOGY
from harness.ledger.kinds.network import FaultInjecting
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.core.types import Floats, Ints
from reports.evidence.evidence import Evidence
from reports.evidence.faults import whole_span
from reports.evidence.table.topology import freshness_answers, replica_counts
from reports.verdict.verdict import Finding

REPLICA = "replica"
NS_PER_S = 1_000_000_000
_UNWATCHED, _UNASKED = "no replica was watched", "no question about freshness was answered"


@check()
def reads_see_own_writes(
    evidence: Evidence, *, least_from_replica: float = 0, least_at_risk: float = 0
) -> Finding:
    """No answer about freshness knows of fewer impressions than its user had been acknowledged when
    the question was sent, from primary or replica.

    ``least_from_replica`` answers must have come from the replica, and ``least_at_risk`` of users
    who had been acknowledged something since the fault began, before it ended: with fewer nothing
    is decided.
    """
    answers = freshness_answers(evidence.ledger)
    if answers.empty:
        return no_evidence(_UNASKED)
    lacking = _acknowledged_before(evidence, answers) - answers["viewed"].to_numpy(dtype=np.int64)
    stale = answers.assign(lacking=lacking)[lacking > 0]
    by_replica, at_risk = int((answers["part"] == REPLICA).sum()), _at_risk(evidence, answers)
    figures = Figures(measured=len(stale), target=0, unit="answers", n=len(answers))
    if len(stale):
        worst = stale.sort_values("lacking", ascending=False).head(EXAMPLES_MAX)
        return figures.failed(
            f"{len(stale)} of {len(answers)} answers did not know what their users had been "
            "acknowledged",
            examples=[
                f"{row.user}: {row.lacking} too few, from the {row.part}"
                for row in worst.itertuples()
            ],
        )
    sentence = f"none of {len(answers)} answers was stale; {by_replica} came from the replica"
    if least_at_risk:
        sentence += f", and {at_risk} could have been"
    if by_replica < least_from_replica or at_risk < least_at_risk:
        return figures.undecided(
            f"{sentence}: {least_from_replica:g} and {least_at_risk:g} decide it"
        )
    return figures.passed(sentence)


@check()
def reads_catch_up(evidence: Evidence, *, within_s: float, least: float) -> Finding:
    """Every answer about freshness knows what its user had been acknowledged more than ``within_s``
    before asking: where a queue answers before anything is stored, reads may be behind, and not for
    long.

    What was acknowledged while a fault lasted, or less than that before it, counts from its end.
    ``least`` answers must have been asked for by users who had been acknowledged something so long
    before: with fewer nothing is decided.
    """
    answers = freshness_answers(evidence.ledger)
    if answers.empty:
        return no_evidence(_UNASKED)
    behind_s, old_enough = _behind_s(evidence, answers, within_s)
    worst_s, late = float(behind_s.max()), int((behind_s > within_s).sum())
    figures = Figures(measured=worst_s, target=within_s, unit="s", n=len(answers))
    lacked = int((behind_s > 0).sum())
    sentence = (
        f"{lacked} of {len(answers)} answers did not know yet what their users had been "
        f"acknowledged, for at most {worst_s:.2f} s"
    )
    if late:
        named = answers.assign(behind_s=behind_s).sort_values("behind_s", ascending=False)
        return figures.failed(
            f"{sentence}; {late} of them for longer than {within_s:g} s",
            examples=[
                f"{row.user}: {row.behind_s:.2f} s, from the {row.part}"
                for row in named.head(min(late, EXAMPLES_MAX)).itertuples()
            ],
        )
    if old_enough < least:
        return figures.undecided(f"{sentence}; {old_enough} could have been late, {least:g} decide")
    return figures.passed(sentence)


@check(rests_on={TOPOLOGY.name})
def replica_answered(evidence: Evidence, *, least: float) -> Finding:
    """The replica was asked at least a share of ``least`` (0 to 1) of the questions that were
    answered, by its own count."""
    counts = replica_counts(evidence.ledger)
    if counts is None:
        return no_evidence(_UNWATCHED)
    answered = len(freshness_answers(evidence.ledger))
    if not answered:
        return no_evidence(_UNASKED)
    share = counts.reads / answered
    figures = Figures(measured=share, target=least, unit="share", n=answered)
    sentence = f"of {answered} questions that were answered the replica was asked {counts.reads}"
    return figures.failed(sentence) if share < least else figures.passed(sentence)


def _is_asked(evidence: Evidence) -> bool:
    ledger = evidence.ledger
    return replica_counts(ledger) is not None and not freshness_answers(ledger).empty


@check(always=True, applies=_is_asked, rests_on={TOPOLOGY.name})
def replica_bears_out_answers(evidence: Evidence) -> Finding:
    """The server calls no more answers the replica's than the replica was asked for, by its own
    count.

    Left out are answers between the last look at a replica that died and the first look at it
    again: what was counted then is forgotten.
    """
    counts, answers = replica_counts(evidence.ledger), freshness_answers(evidence.ledger)
    if counts is None:
        return no_evidence(_UNWATCHED)
    claimed = answers[(answers["part"] == REPLICA) & counts.remembers(answers["answered_ns"])]
    surplus = max(0, len(claimed) - counts.reads)
    figures = Figures(measured=surplus, target=0, unit="answers", n=len(answers))
    sentence = (
        f"{len(claimed)} answers are called the replica's, which was asked {counts.reads} times"
    )
    if answers.empty:
        return no_evidence(_UNASKED)
    return figures.failed(sentence) if surplus else figures.passed(sentence)


@check(rests_on={TOPOLOGY.name})
def replica_follows(evidence: Evidence, *, mode: str) -> Finding:
    """Before anything was broken the primary took the replica for what the topology says, ``sync``
    or ``async``, at every look."""
    counts = replica_counts(evidence.ledger)
    if counts is None:
        return no_evidence(_UNWATCHED)
    begun = of_kind(evidence.ledger.network, FaultInjecting)["mono_ns"]
    states = counts.states
    calm = states if begun.empty else states[states["mono_ns"] < begun.min()]
    seen = sorted(set(calm["status"].astype(str)))
    others = int((calm["status"] != mode).sum())
    figures = Figures(measured=others, target=0, unit="looks", n=len(calm))
    if calm.empty:
        return figures.undecided("there was no look at the replica before something was broken")
    sentence = f"in {len(calm)} looks the replica was {' and '.join(seen)}, and is to be {mode}"
    return figures.failed(sentence) if others else figures.passed(sentence)


def _acknowledged_before(evidence: Evidence, answers: pd.DataFrame) -> Ints:
    """Return for each answer how many impressions its user had been acknowledged before asking."""
    found = np.zeros(len(answers), dtype=np.int64)
    acknowledged = _acknowledged_ns(evidence)
    users = answers["user"].astype(str).to_numpy()
    asked = answers["mono_ns"].to_numpy(dtype=np.int64)
    for user in np.unique(users):
        own = users == user
        found[own] = np.searchsorted(acknowledged.get(user, _NEVER), asked[own], side="left")
    return found


def _behind_s(evidence: Evidence, answers: pd.DataFrame, within_s: float) -> tuple[Floats, int]:
    """Return for each answer for how long it lacked the oldest impression that it does not know of,
    0 where it knows all, and how many answers had one older than ``within_s``."""
    found = np.zeros(len(answers))
    span, old_enough = whole_span(evidence.ledger, FaultInjecting), 0
    counted: dict[str, Ints] = {}
    for user, acknowledged in _acknowledged_ns(evidence).items():
        since = acknowledged.copy()
        if span is not None:
            held_up = (since + int(within_s * NS_PER_S) >= span[0]) & (since < span[1])
            since[held_up] = span[1]
        counted[user] = np.sort(since)
    asked = answers["mono_ns"].to_numpy(dtype=np.int64)
    viewed = answers["viewed"].to_numpy(dtype=np.int64)
    for place, user in enumerate(answers["user"].astype(str)):
        own = counted.get(user, _NEVER)
        due = int(np.searchsorted(own, asked[place], side="left"))
        old_enough += int(due > 0 and asked[place] - own[0] > within_s * NS_PER_S)
        if viewed[place] < due:
            found[place] = (asked[place] - own[viewed[place]]) / NS_PER_S
    return found, old_enough


def _at_risk(evidence: Evidence, answers: pd.DataFrame) -> int:
    """Return how many answers were asked for while a fault lasted by users who had been
    acknowledged something since it began."""
    span = whole_span(evidence.ledger)
    if span is None:
        return 0
    acknowledged = _acknowledged_ns(evidence)
    first = {user: own[own >= span[0]][:1] for user, own in acknowledged.items()}
    during = answers[answers["mono_ns"].between(*span)]
    return sum(
        bool((first.get(user, _NEVER) < asked).any())
        for user, asked in zip(during["user"].astype(str), during["mono_ns"], strict=True)
    )


_NEVER = np.empty(0, dtype=np.int64)


def _acknowledged_ns(evidence: Evidence) -> dict[str, Ints]:
    """Return when each user's impressions were first acknowledged, in order."""
    impressions = evidence.fates.impressions
    known = impressions[impressions["acked_ns"].notna()]
    return {
        str(user): np.sort(rows["acked_ns"].to_numpy(dtype=np.int64))
        for user, rows in known.groupby("user", observed=True)
    }
