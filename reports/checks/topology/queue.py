"""The message queue: what the server, the broker and the workers say of the same batches.

A batch that is answered with 202 is not stored yet. It is promised to be: the broker has confirmed
it, and it stays in its queue until a worker has committed it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.core.outcome import Outcome
from harness.ledger.kinds import SERVER, TOPOLOGY
from harness.ledger.kinds.network import FaultEnd, FaultStart, SentinelBitten
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.evidence.evidence import Evidence
from reports.evidence.exchange.attempts import attempts_of, clock_error_ns
from reports.evidence.fates import names_of
from reports.evidence.faults import whole_span
from reports.evidence.table.broker import (
    broker_counts,
    committed_batches,
    confirmed_batches,
    message_traces,
    named,
)
from reports.verdict.verdict import Finding

_UNWATCHED = "no broker was watched"
_ACCEPTED = 202
TRACED_NS = 3_000_000_000
"""A copy in the broker's trace is read within this, on a busy machine too."""


def _accepted(evidence: Evidence) -> pd.DataFrame:
    """Return the answers with 202 that clients read, of loads and of pages."""
    attempts = attempts_of(evidence.ledger)
    both = pd.concat([attempts.load, attempts.pages])
    return both[both["status"] == _ACCEPTED]


def _is_watched(evidence: Evidence) -> bool:
    return broker_counts(evidence.ledger) is not None


def _is_traced(evidence: Evidence) -> bool:
    return message_traces(evidence.ledger) is not None


@check(
    needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY},
    always=True,
    applies=lambda evidence: not _accepted(evidence).empty,
)
def acks_after_confirm(evidence: Evidence) -> Finding:
    """No client read a 202 before the broker had confirmed its batch, nor one for what it never
    confirmed.

    The server notes each confirm before the answer leaves. A page's answer may belong to any
    attempt up to the one that it names.
    """
    attempts, acks = attempts_of(evidence.ledger), _accepted(evidence)
    if acks.empty:
        return no_evidence("no client read a 202")
    confirms = confirmed_batches(evidence.ledger).dropna(subset=["batch", "attempt", "mono_ns"])
    known = pd.DataFrame(
        {
            "name": confirms["batch"].astype(str),
            "number": confirms["attempt"].astype("int64"),
            "confirmed_ns": confirms["mono_ns"].astype("int64"),
        }
    )
    acks = acks.assign(
        name=[str(attempts.names[batch]) for batch in acks["batch"]], place=range(len(acks))
    )
    pairs = acks.merge(known, on="name")
    pairs = pairs[pairs["number"] <= pairs["attempt"]]
    first = pairs.groupby("place")["confirmed_ns"].min().reindex(range(len(acks)))
    heard = acks["heard_ns"].to_numpy(dtype="int64")
    missing = first.isna().to_numpy(dtype=bool)
    late_ns = first.fillna(0).to_numpy(dtype="int64") - heard
    early = (late_ns > clock_error_ns(evidence.ledger)) & ~missing
    wrong = acks[early | missing]
    figures = Figures(measured=len(wrong), target=0, unit="acknowledgements", n=len(acks))
    if len(wrong):
        return figures.failed(
            f"of {len(acks)} answers with 202 {int(early.sum())} were read before the broker had "
            f"confirmed their batch, and {int(missing.sum())} have no confirm",
            examples=[
                attempts.name(int(batch), int(attempt))
                for batch, attempt in zip(wrong["batch"], wrong["attempt"], strict=True)
            ][:EXAMPLES_MAX],
        )
    return figures.passed(f"{len(acks)} answers with 202 were read after the broker's confirm")


@check(
    needs={Capability.RECEIPTS},
    always=True,
    applies=_is_traced,
    rests_on={SERVER.name, TOPOLOGY.name},
)
def confirms_borne_out(evidence: Evidence) -> Finding:
    """What the server calls confirmed was published, by the broker's own trace.

    Left out is what was confirmed while the trace was not read, or within three seconds of it: what
    a broker had copied last before it was killed, no one has read.
    """
    traces, confirms = message_traces(evidence.ledger), confirmed_batches(evidence.ledger)
    if traces is None:
        return no_evidence("the broker's trace was not read")
    if confirms.empty:
        return no_evidence("the server says of no batch that it was confirmed")
    moments = confirms["mono_ns"].astype("int64")
    around = (0, -TRACED_NS, TRACED_NS)
    heard = np.logical_and.reduce([traces.was_heard(moments + apart) for apart in around])
    claimed = named(confirms[heard])
    lacking = claimed[~claimed.isin(named(traces.published))]
    figures = Figures(measured=len(lacking), target=0, unit="batches", n=len(claimed))
    if claimed.empty:
        return figures.undecided("no batch was confirmed while the broker's trace was read")
    sentence = f"{len(claimed)} confirmed batches, {len(lacking)} of them were never published"
    if len(lacking):
        return figures.failed(sentence, examples=list(lacking[:EXAMPLES_MAX]))
    return figures.passed(sentence)


@check(
    needs={Capability.RECEIPTS},
    always=True,
    applies=_is_watched,
    rests_on={SERVER.name, TOPOLOGY.name},
)
def settled_after_commit(evidence: Evidence) -> Finding:
    """At no look had workers acknowledged more messages than they had committed batches: a receipt
    is written after COMMIT and before the acknowledgement.

    A kill in between, and a broker that forgets what it counted, leave fewer acknowledgements.
    """
    counts = broker_counts(evidence.ledger)
    if counts is None:
        return no_evidence(_UNWATCHED)
    committed = committed_batches(evidence.ledger)["committed_mono_ns"].astype("int64")
    ordered = committed.sort_values().to_numpy()
    looks = counts.looks[counts.looks["settled"] > 0]
    if looks.empty:
        return no_evidence("no worker acknowledged a message")
    by_then = pd.Series(ordered).searchsorted(looks["mono_ns"].to_numpy(), side="right")
    surplus = int((looks["settled"].to_numpy() - by_then).max())
    settled = counts.total("settled")
    figures = Figures(measured=max(0, surplus), target=0, unit="messages", n=len(looks))
    if surplus > 0:
        return figures.failed(
            f"workers had acknowledged {surplus} messages more than were committed by then; "
            f"{settled} in all, {len(committed)} committed"
        )
    return figures.passed(f"{settled} messages were acknowledged, {len(committed)} committed")


@check(always=True, applies=_is_watched, rests_on={TOPOLOGY.name})
def deliveries_guarded(evidence: Evidence) -> Finding:
    """The broker keeps every message that it delivers until its worker acknowledges it."""
    counts = broker_counts(evidence.ledger)
    if counts is None:
        return no_evidence(_UNWATCHED)
    delivered, unguarded = counts.total("delivered"), counts.total("unguarded")
    figures = Figures(measured=unguarded, target=0, unit="deliveries", n=delivered)
    if not delivered:
        return no_evidence("the broker delivered nothing")
    sentence = f"{unguarded} of {delivered} deliveries were forgotten at once"
    return figures.failed(sentence) if unguarded else figures.passed(sentence)


@check(always=True, applies=_is_watched, rests_on={TOPOLOGY.name})
def nothing_unrouted(evidence: Evidence) -> Finding:
    """The broker dropped no message for want of a queue, and returned none."""
    counts = broker_counts(evidence.ledger)
    if counts is None:
        return no_evidence(_UNWATCHED)
    published = counts.total("published")
    dropped, returned = counts.total("dropped"), counts.total("returned")
    figures = Figures(measured=dropped + returned, target=0, unit="messages", n=published)
    if not published:
        return no_evidence("nothing was published")
    sentence = f"of {published} messages {dropped} were dropped and {returned} returned"
    return figures.failed(sentence) if dropped + returned else figures.passed(sentence)


@check(
    needs={Capability.RECEIPTS},
    always=True,
    applies=_is_traced,
    rests_on={SERVER.name, TOPOLOGY.name},
)
def deliveries_committed(evidence: Evidence) -> Finding:
    """Every batch that was delivered to a worker, by the broker's own trace, has the receipt of a
    commit, or is a dead letter."""
    traces = message_traces(evidence.ledger)
    if traces is None:
        return no_evidence("the broker's trace was not read")
    delivered = named(traces.delivered).unique()
    if delivered.empty:
        return no_evidence("no delivery of a batch was heard of")
    committed = named(committed_batches(evidence.ledger))
    lacking = delivered[~delivered.isin(committed) & ~delivered.isin(named(traces.dead))]
    figures = Figures(measured=len(lacking), target=0, unit="batches", n=len(delivered))
    sentence = f"{len(lacking)} of {len(delivered)} delivered batches were neither committed nor"
    sentence += " made dead letters"
    if len(lacking):
        return figures.failed(sentence, examples=list(lacking[:EXAMPLES_MAX]))
    return figures.passed(sentence)


@check(always=True, applies=_is_traced, rests_on={SERVER.name, TOPOLOGY.name})
def dead_letters_accounted(evidence: Evidence, *, expected: float = 0) -> Finding:
    """``expected`` messages, no more and no fewer, lie with the dead letters when the run is over,
    and none of them is a batch that a client was answered with 202."""
    traces = message_traces(evidence.ledger)
    if traces is None:
        return no_evidence("the broker's trace was not read")
    found = traces.dead
    accepted = named(found)[named(found).isin(named(confirmed_batches(evidence.ledger)))]
    figures = Figures(
        measured=abs(len(found) - expected), target=0, unit="messages", n=len(traces.published)
    )
    if traces.published.empty:
        return no_evidence("no message was published while the broker's trace was read")
    sentence = f"{len(found)} messages are dead letters, {expected:g} are to be"
    if len(accepted):
        return figures.failed(
            f"{sentence}; {len(accepted)} of them are batches that were answered with 202",
            examples=list(accepted[:EXAMPLES_MAX]),
        )
    if len(found) != expected:
        return figures.failed(sentence, examples=[str(one) for one in found["message"]])
    whys = sorted({f"{row.message}: {row.reason}" for row in found.itertuples()})
    return figures.passed(sentence, examples=whys)


@check(always=True, applies=_is_watched, rests_on={TOPOLOGY.name})
def queue_emptied(evidence: Evidence) -> Finding:
    """When the run was over no message waited for a worker, and no worker had one.

    A last look that does not name the queue knows nothing of what is in it.
    """
    counts = broker_counts(evidence.ledger)
    if counts is None:
        return no_evidence(_UNWATCHED)
    if not counts.total("published"):
        return no_evidence("nothing was published")
    depths = counts.depths.sort_index()
    known = depths.dropna()
    if known.empty or known.index[-1] != depths.index[-1]:
        return Figures(target=0, unit="messages", n=len(known)).undecided(
            "the last look at the broker does not name its queue"
        )
    left, most = int(known.iloc[-1]), int(known.max())
    figures = Figures(measured=left, target=0, unit="messages", n=len(known))
    sentence = f"{left} messages were left; the most that were seen at once are {most}"
    return figures.failed(sentence) if left else figures.passed(sentence)


@check(instrument=True, rests_on={TOPOLOGY.name})
def queue_held(evidence: Evidence, *, at_least: float) -> Finding:
    """At some look at least ``at_least`` messages waited for a worker:
    else there was nothing to lose."""
    counts = broker_counts(evidence.ledger)
    if counts is None:
        return no_evidence(_UNWATCHED)
    known = counts.looks["ready"].dropna()
    most = int(known.max()) if len(known) else 0
    figures = Figures(measured=most, target=at_least, unit="messages", n=len(known))
    sentence = f"at most {most} messages waited in {len(known)} looks"
    return figures.passed(sentence) if most >= at_least else figures.undecided(sentence)


@check()
def acks_need_broker(evidence: Evidence, *, after_s: float, least_sent: float) -> Finding:
    """No client was acknowledged while the broker stood still, from ``after_s`` after its stop.

    ``least_sent`` requests must have been sent meanwhile; with fewer nothing is decided.
    """
    # The last look before healing is the last moment at which it surely stood still.
    span = whole_span(evidence.ledger, FaultStart, SentinelBitten)
    if span is None:
        return no_evidence("the ledger holds no whole fault span")
    begin_ns, end_ns = span[0] + int(after_s * 1e9), span[1]
    load = evidence.ledger.load
    sent = int(load["sent_ns"].between(begin_ns, end_ns).sum())
    acks = load[load["outcome"] == Outcome.ACKNOWLEDGED.value]
    given = acks[acks["done_ns"].between(begin_ns, end_ns)]
    figures = Figures(measured=len(given), target=0, unit="acknowledgements", n=sent)
    sentence = f"{len(given)} requests were acknowledged while the broker stood still, {sent} sent"
    if len(given):
        return figures.failed(
            sentence, examples=[str(one) for one in given["batch"]][:EXAMPLES_MAX]
        )
    return figures.undecided(sentence) if sent < least_sent else figures.passed(sentence)


@check(instrument=True, rests_on={TOPOLOGY.name})
def messages_redelivered(evidence: Evidence, *, at_least: float) -> Finding:
    """The broker delivered at least ``at_least`` messages a second time: else the fault tried
    nothing."""
    traces = message_traces(evidence.ledger)
    if traces is None:
        return no_evidence("the broker's trace was not read")
    again = int((traces.delivered["redelivered"] > 0).sum())
    figures = Figures(measured=again, target=at_least, unit="messages", n=len(traces.delivered))
    sentence = f"{again} of {len(traces.delivered)} deliveries were of messages delivered before"
    return figures.passed(sentence) if again >= at_least else figures.undecided(sentence)


@check(needs={Capability.DATABASE})
def stored_after_answer(evidence: Evidence, *, within_s: float) -> Finding:
    """Every impression that was acknowledged is stored within ``within_s``, counted from its
    acknowledgement, or from the end of the last fault where that is later: a 202 promises it."""
    impressions = evidence.fates.impressions
    acknowledged = impressions[impressions["acked_ns"].notna()]
    if acknowledged.empty or not evidence.fates.decided:
        return no_evidence("nothing was acknowledged or there was no final read")
    ended = of_kind(evidence.ledger.network, FaultEnd)["mono_ns"]
    since = acknowledged["acked_ns"].astype("int64")
    if len(ended):
        since = since.clip(lower=int(ended.max()))
    waited_s = (acknowledged["durable_ns"].astype("Float64") - since) / 1e9
    late = acknowledged[(waited_s > within_s).fillna(True)]
    figures = Figures(target=within_s, unit="s", n=len(acknowledged))
    if len(late):
        never = int(late["durable_ns"].isna().sum())
        return figures.failed(
            f"{len(late)} of {len(acknowledged)} acknowledged impressions were not stored within "
            f"{within_s:g} s ({never} of them never)",
            examples=names_of(late),
        )
    slowest = max(0.0, float(waited_s.max()))
    return Figures(measured=slowest, target=within_s, unit="s", n=len(acknowledged)).passed(
        f"all {len(acknowledged)} acknowledged impressions were stored within {slowest:.2f} s"
    )
