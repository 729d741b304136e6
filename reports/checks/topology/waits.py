"""Who waited while a part was out: users of its shard alone, and no request longer than it may."""

from __future__ import annotations

import pandas as pd

from harness.core.outcome import Outcome
from harness.ledger.kinds import LOAD, NETWORK, TOPOLOGY
from harness.ledger.kinds.network import ChangeEnd, ChangeInjecting
from harness.target.reference.shards import bucket_of
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.faults import whole_span
from reports.evidence.table.shards import shard_facts
from reports.verdict.verdict import Finding


@check(rests_on={LOAD.name})
def waits_bounded(evidence: Evidence, *, at_most_s: float, least_in_fault: float = 0) -> Finding:
    """No request took longer than ``at_most_s`` from its sending to its answer.

    ``least_in_fault`` of them must have been under way during a fault or change: with fewer nothing
    is decided.
    """
    load = evidence.ledger.load
    if load.empty:
        return no_evidence("no load was sent")
    took_s = (load["done_ns"] - load["sent_ns"]) / 1e9
    span = whole_span(evidence.ledger) or whole_span(evidence.ledger, ChangeInjecting, ChangeEnd)
    within = 0 if span is None else len(_during(load, span))
    figures = Figures(measured=float(took_s.max()), target=at_most_s, unit="s", n=len(load))
    sentence = f"the slowest of {len(load)} requests took {took_s.max():.2f} s"
    if (took_s > at_most_s).any():
        slowest = load[took_s > at_most_s].head(EXAMPLES_MAX)
        return figures.failed(sentence, examples=[str(user) for user in slowest["user"]])
    if within < least_in_fault:
        return figures.undecided(f"{sentence}; {within} were under way meanwhile")
    return figures.passed(sentence)


@check(rests_on={LOAD.name, NETWORK.name, TOPOLOGY.name})
def other_shards_undisturbed(
    evidence: Evidence, *, shard: str, at_most_s: float, least: float
) -> Finding:
    """While ``shard`` was out every request of the users of other shards was acknowledged, within
    ``at_most_s``.

    At least ``least`` of them, and one of a user of the shard itself, must have been sent
    meanwhile: with fewer nothing is decided.
    """
    facts, span = shard_facts(evidence.ledger), whole_span(evidence.ledger)
    if facts is None or facts.owned.empty:
        return no_evidence("what shards own is not known")
    if span is None:
        return no_evidence("the ledger holds no whole fault span")
    sent = _during(evidence.ledger.load, span)
    on = sent["user"].astype(str).map(lambda user: facts.shard_of(bucket_of(user)))
    others, own = sent[on != shard], sent[on == shard]
    took_s = (others["done_ns"] - others["sent_ns"]) / 1e9
    failed = (others["outcome"] != Outcome.ACKNOWLEDGED.value) | (took_s > at_most_s)
    figures = Figures(measured=int(failed.sum()), target=0, unit="requests", n=len(others))
    slowest = float(took_s.max()) if len(others) else 0.0
    sentence = (
        f"{int(failed.sum())} of {len(others)} requests of users of other shards failed or waited "
        f"while {shard} was out, the slowest for {slowest:.2f} s; {len(own)} were its own users'"
    )
    if failed.any():
        named = others[failed].head(EXAMPLES_MAX)
        return figures.failed(sentence, examples=[str(user) for user in named["user"]])
    if len(others) < least or own.empty:
        return figures.undecided(f"{sentence}: {least:g} and 1 decide it")
    return figures.passed(sentence)


def _during(load: pd.DataFrame, span: tuple[int, int]) -> pd.DataFrame:
    """Return the requests that were under way in a span."""
    return load[(load["sent_ns"] <= span[1]) & (load["done_ns"] >= span[0])]
