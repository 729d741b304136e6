"""Shards: each row where its bucket is owned, each bucket owned once, each question asked once."""

from __future__ import annotations

from harness.ledger.kinds import DATABASE, TOPOLOGY
from harness.ledger.kinds.monitoring.topology import FreshnessRefused
from harness.target.reference.shards import BUCKETS, OPEN
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.evidence.evidence import Evidence
from reports.evidence.table.shards import shard_facts
from reports.evidence.table.topology import freshness_answers
from reports.verdict.verdict import Finding

_UNWATCHED, _UNREAD = "no shard was watched", "no final read says what shards hold"


def _is_watched(evidence: Evidence) -> bool:
    return shard_facts(evidence.ledger) is not None


@check(always=True, applies=_is_watched, rests_on={DATABASE.name, TOPOLOGY.name})
def rows_on_their_shard(evidence: Evidence) -> Finding:
    """At the final read every row is on the shard that owns its user's bucket, by the harness's own
    hash of the user."""
    facts = shard_facts(evidence.ledger)
    if facts is None:
        return no_evidence(_UNWATCHED)
    unread = set(facts.states["part"].astype(str)) - set(facts.holds["part"].astype(str))
    stored, misplaced = int(facts.holds["stored"].sum()), int(facts.holds["misplaced"].sum())
    figures = Figures(measured=misplaced, target=0, unit="rows", n=stored)
    if facts.holds.empty:
        return no_evidence(_UNREAD)
    if unread:
        return figures.undecided(f"{', '.join(sorted(unread))}: not read at the end")
    if not stored:
        return figures.undecided("no shard holds a row")
    sentence = f"{misplaced} of {stored} rows are on a shard that does not own their bucket"
    wrong = facts.holds[facts.holds["misplaced"] > 0]
    named = [f"{row.part}: {row.why}" for row in wrong.head(EXAMPLES_MAX).itertuples()]
    return figures.failed(sentence, examples=named) if misplaced else figures.passed(sentence)


@check(always=True, applies=_is_watched, rests_on={TOPOLOGY.name})
def buckets_owned_once(evidence: Evidence) -> Finding:
    """At the final read every bucket is one shard's, and takes writes."""
    facts = shard_facts(evidence.ledger)
    if facts is None:
        return no_evidence(_UNWATCHED)
    if facts.holds.empty:
        return no_evidence(_UNREAD)
    owners = facts.owned.groupby("bucket")["part"].nunique()
    doubled = sorted(int(bucket) for bucket in owners[owners > 1].index)
    shut = sorted(map(int, facts.owned[facts.owned["status"] != OPEN]["bucket"]))
    orphaned = sorted(set(range(BUCKETS)) - set(map(int, owners.index)))
    wrong = len({*doubled, *shut, *orphaned})
    figures = Figures(measured=wrong, target=0, unit="buckets", n=BUCKETS)
    shards = facts.owned["part"].nunique()
    if not wrong:
        return figures.passed(f"each of {BUCKETS} buckets is one shard's, of {shards}")
    found = {"two shards'": doubled, "no shard's": orphaned, "paused": shut}
    named = [f"{what}: {buckets[:EXAMPLES_MAX]}" for what, buckets in found.items() if buckets]
    return figures.failed(f"{wrong} of {BUCKETS} buckets are not one shard's", examples=named)


@check(rests_on={TOPOLOGY.name})
def buckets_moved(evidence: Evidence, *, least: float, paused_s: float) -> Finding:
    """At least ``least`` buckets moved; each is at the end where it went last, and took no writes
    for at most ``paused_s`` seconds, by the mover's clock."""
    facts = shard_facts(evidence.ledger)
    if facts is None:
        return no_evidence(_UNWATCHED)
    moves = facts.moves
    longest_s = float(moves["paused_ns"].max()) / 1e9 if moves["paused_ns"].notna().any() else 0.0
    figures = Figures(measured=longest_s, target=paused_s, unit="s", n=len(moves))
    if moves["bucket"].nunique() < least:
        return figures.undecided(f"{len(moves)} buckets moved: {least:g} decide it")
    if facts.owned.empty:
        return no_evidence(_UNREAD)
    last = moves.drop_duplicates("bucket", keep="last")
    ends = zip(last["bucket"].astype(int), last["target"].astype(str), strict=True)
    found = [(bucket, target, facts.shard_of(bucket)) for bucket, target in ends]
    astray = [
        f"bucket {bucket}: on {shard or 'none'}, not {target}"
        for bucket, target, shard in found
        if shard != target
    ]
    sentence = f"{len(moves)} buckets moved; the longest was paused for {longest_s:.3f} s"
    if astray:
        return figures.failed(f"{sentence}; {len(astray)} are elsewhere", examples=astray[:5])
    return figures.failed(sentence) if longest_s > paused_s else figures.passed(sentence)


@check(rests_on={TOPOLOGY.name})
def questions_on_one_shard(evidence: Evidence, *, least: float) -> Finding:
    """Each question about a user's freshness was asked of one shard, by the shards' own counts: in
    all they were asked no more often than users asked; and each shard at least a share of ``least``
    (0 to 1) of an even one.
    """
    facts = shard_facts(evidence.ledger)
    if facts is None:
        return no_evidence(_UNWATCHED)
    asked = len(freshness_answers(evidence.ledger))
    refused = len(of_kind(evidence.ledger.topology, FreshnessRefused))
    reads = sum(facts.reads.values())
    figures = Figures(measured=max(0, reads - asked - refused), target=0, unit="reads", n=asked)
    if not asked:
        return no_evidence("no question about freshness was answered")
    each = ", ".join(f"{part} {count}" for part, count in sorted(facts.reads.items()))
    sentence = f"{asked} answers, {refused} refusals; shards were asked {reads} times: {each}"
    if reads > asked + refused:
        return figures.failed(f"{sentence}: some of two shards")
    owning = set(facts.owned["part"].astype(str))
    fewest = min((facts.reads.get(part, 0) for part in owning), default=0)
    if fewest < least * asked / max(1, len(owning)):
        return figures.failed(f"{sentence}: not each its share")
    if not facts.died and reads < asked:
        return figures.failed(f"{sentence}: some answers are none of theirs")
    return figures.passed(sentence)
