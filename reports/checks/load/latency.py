"""Latency and flush success of a load.

Latency counts from the scheduled moment: a generator that falls behind makes the target look
slower, never faster. A request without an answer is slower than any limit, and so is one that the
generator could not send because too many were in flight.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.core.outcome import Outcome
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.types import Flags, Floats, Ints
from reports.evidence.evidence import EVERY_WITNESS, Evidence
from reports.evidence.frame import LedgerFrames
from reports.evidence.generators import (
    added_ms_at_most,
    generator_trouble,
    held_up,
    lag_ms,
    sent_by_generator,
    service_ms,
    unbounded_trouble,
)
from reports.evidence.requests import after_ramp, new_row_share_of, response_ms, stretches
from reports.statistics.share import (
    ALPHA,
    Decision,
    ShareEstimate,
    decide_share_below,
    quantile_interval,
)
from reports.verdict.verdict import Finding


@check(rests_on=EVERY_WITNESS)
def latency_p95(
    evidence: Evidence, *, limit_ms: float, exclude_first_s: float = 0, for_s: float = 0
) -> Finding:
    """The 95th percentile of the batch request's response time is below the limit.

    Decided by counting the requests that reach the limit, exactly, with the sample shrunk for
    dependence in time (``reports.statistics.share``). ``exclude_first_s`` leaves the ramp out. With
    ``for_s`` it must hold in every stretch of that many seconds too: it fails when one of them is
    over the limit beyond doubt (with all stretches' chances together at most 5 %), and passes when
    each is below it. When the limit is missed while the generator was in trouble, either may be the
    cause: the finding is undecided and names the trouble, unless the limit is missed without all
    that the generator's loop can have added.
    """
    return _quantile_below(
        evidence, 95, limit_ms=limit_ms, exclude_first_s=exclude_first_s, for_s=for_s
    )


@check(rests_on=EVERY_WITNESS)
def latency_p99(
    evidence: Evidence, *, limit_ms: float, exclude_first_s: float = 0, for_s: float = 0
) -> Finding:
    """The 99th percentile of the batch request's response time is below the limit.

    Decided as ``latency_p95`` is; it takes 299 independent requests at least.
    """
    return _quantile_below(
        evidence, 99, limit_ms=limit_ms, exclude_first_s=exclude_first_s, for_s=for_s
    )


@check(rests_on=EVERY_WITNESS)
def latency_worst(
    evidence: Evidence, *, limit_ms: float, exclude_first_s: float = 0, requests: float = 500
) -> Finding:
    """No batch request was without an answer for the limit or longer, of ``requests`` at least.

    Whatever the answer: how many failed is another check's question. A request that took so long
    while the generator was held up itself, for a tenth of the limit or longer, is not the target's:
    with no other the finding is undecided. That none of n was so slow bounds the share of those
    that are, exactly: the summary says by how much, and fewer than ``requests`` decide nothing.
    """
    ledger = evidence.ledger
    load = sent_by_generator(after_ramp(ledger.load, exclude_first_s))
    if load.empty:
        return no_evidence("no request was recorded")
    took_ms = (load["done_ns"] - load["scheduled_ns"]).to_numpy(dtype=float) / 1e6
    over = took_ms >= limit_ms
    slow = load[over].assign(took_ms=took_ms[over])
    figures = Figures(measured=float(took_ms.max()), target=limit_ms, unit="ms", n=len(load))
    own = slow[~held_up(ledger, slow, at_least_ms=limit_ms / 10)]
    sentence = f"{len(slow)} of {len(load):,} requests took {limit_ms:g} ms or more"
    if len(own):
        return figures.failed(sentence, examples=_slowest(ledger, own))
    if len(slow):
        return figures.undecided(f"{sentence}, all of them while the generator was held up")
    bound = 100 * decide_share_below(over, 0.5).high
    sentence = f"{sentence}: fewer than {bound:.2g} % do, at 95 %"
    if len(load) < requests:
        return figures.undecided(f"{sentence}; n is too small, {requests:,.0f} are needed")
    return figures.passed(sentence)


@check(rests_on=EVERY_WITNESS)
def flush_success(evidence: Evidence, *, minimum: float, exclude_first_s: float = 0) -> Finding:
    """More than ``minimum`` (0 … 1) of the started batches were acknowledged in the end.

    Batches that fail, fail together: the sample is shrunk for it as a latency's is.
    """
    load = after_ramp(evidence.ledger.load, exclude_first_s)
    if load.empty:
        return no_evidence("no batch was started")
    acknowledged = load["outcome"] == Outcome.ACKNOWLEDGED.value
    ok, at_ns = _batches(load, acknowledged.to_numpy(dtype=bool))
    at_s = (at_ns - evidence.ledger.start_ns) / 1e9
    share = decide_share_below(~ok, 1 - minimum, at_s=at_s)
    at_first = acknowledged[load["attempt"] == 1].mean()
    figures = Figures(
        measured=1 - share.count / share.n,
        target=minimum,
        unit="share",
        n=share.n,
        interval=(1 - share.high, 1 - share.low),
    )
    sentence = (
        f"{share.n - share.count} of {share.n} batches were acknowledged, "
        f"{100 * at_first:.2f} % at the first attempt"
    )
    if share.decision is Decision.MET:
        return figures.passed(sentence)
    if share.decision is Decision.MISSED:
        return figures.failed(sentence)
    return figures.undecided(f"{sentence}; {_more(share, load)}")


def _batches(load: pd.DataFrame, acknowledged: Flags) -> tuple[Flags, Ints]:
    """Return of each user's batches whether one of its requests was acknowledged, and when the
    first was due (ns)."""
    user, names = load["user"].cat.codes.to_numpy(), load["batch"]
    if pd.api.types.is_integer_dtype(names.dtype):  # they are numbers in a large ledger
        batch: Ints = names.to_numpy(dtype=np.int64, na_value=-1)
    else:
        batch, _ = pd.factorize(names)
    key = user * np.int64(batch.max(initial=0) + 1)
    key += batch
    order = np.argsort(key, kind="stable")
    order = order[((user >= 0) & (batch >= 0))[order]]
    key = key[order]
    first = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1]))) if len(key) else order
    due_ns = load["scheduled_ns"].to_numpy(dtype=np.int64)[order]
    ok: Flags = np.logical_or.reduceat(acknowledged[order], first)
    return ok, np.minimum.reduceat(due_ns, first)


def _quantile_below(
    evidence: Evidence, percent: int, *, limit_ms: float, exclude_first_s: float, for_s: float
) -> Finding:
    """Decide whether the ``percent``-th percentile of the response times is below the limit."""
    load = after_ramp(evidence.ledger.load, exclude_first_s)
    if load.empty:
        return no_evidence("no request was recorded")
    share, q = (100 - percent) / 100, percent / 100
    times_ms = response_ms(load)
    at_s = evidence.ledger.seconds(load["scheduled_ns"]).to_numpy(dtype=float)
    whole = decide_share_below(times_ms >= limit_ms, share, at_s=at_s)
    decision, where = _stretches(times_ms >= limit_ms, at_s, for_s, whole.decision, share)
    figures = Figures(
        measured=float(np.quantile(times_ms, q, method="higher")),
        target=limit_ms,
        unit="ms",
        n=len(load),
        interval=quantile_interval(times_ms, q, n_effective=whole.n_effective),
    )
    sentence = (
        f"{whole.count} of {whole.n} requests took {limit_ms:g} ms or more "
        f"({100 * whole.low:.2f} % to {100 * whole.high:.2f} %){where}; "
        f"{_apart(evidence.ledger, load, times_ms, whole, percent)}"
    )
    trouble = generator_trouble(evidence.ledger)
    if decision is Decision.MET:
        return figures.passed(sentence)
    if decision is Decision.MISSED and not trouble:
        return figures.failed(sentence)
    if decision is Decision.MISSED:
        # What a loop that was held up can have added at most is taken off: if the limit is missed
        # then too, that cannot be the reason.
        added_ms = added_ms_at_most(evidence.ledger, load)
        own = np.isfinite(added_ms) & (times_ms >= limit_ms + added_ms)
        is_certain = decide_share_below(own, share, at_s=at_s).decision is Decision.MISSED
        named = f"{'; '.join(trouble)}: {sentence}"
        if is_certain and not unbounded_trouble(evidence.ledger):
            return figures.failed(f"{named}; {own.sum()} whatever the generator added")
        return figures.undecided(named)
    return figures.undecided(f"{sentence}; {_more(whole, load)}")


def _slowest(ledger: LedgerFrames, slow: pd.DataFrame) -> list[str]:
    """Return the slowest requests in words, with the moment when each was due."""
    first = slow.sort_values("took_ms", ascending=False).head(EXAMPLES_MAX)
    at_s = ledger.seconds(first["scheduled_ns"])
    return [
        f"{user} at {at:.1f} s: {ms:.0f} ms"
        for user, at, ms in zip(first["user"], at_s, first["took_ms"], strict=True)
    ]


def _stretches(
    over: Flags, at_s: Floats, for_s: float, whole: Decision, share: float
) -> tuple[Decision, str]:
    """Return what the stretches decide together with the whole, and about which in words."""
    if for_s <= 0:
        return whole, ""
    parts = list(stretches(at_s, for_s))
    if not parts:
        return Decision.OPEN, f"; the load did not last {for_s:g} s"
    found = []
    for start_s, inside in parts:
        strict = decide_share_below(
            over[inside], share, at_s=at_s[inside], alpha=ALPHA / len(parts)
        )
        if strict.decision is Decision.MISSED:
            slow = 100 * strict.count / strict.n
            return Decision.MISSED, f"; {slow:.1f} % in the {for_s:g} s from {start_s:.0f} s on"
        found.append(decide_share_below(over[inside], share, at_s=at_s[inside]).decision)
    if whole is Decision.MET and all(one is Decision.MET for one in found):
        under = f"fewer than {100 * share:g} %"
        return Decision.MET, f", {under} in each of {len(parts)} stretches of {for_s:g} s"
    open_ones = sum(one is not Decision.MET for one in found)
    decision = whole if whole is Decision.MISSED else Decision.OPEN
    return decision, f"; {open_ones} of {len(parts)} stretches of {for_s:g} s decide nothing"


def _apart(
    ledger: LedgerFrames,
    load: pd.DataFrame,
    times_ms: Floats,
    share: ShareEstimate,
    percent: int,
) -> str:
    """Return response, service and lag in words, each with its interval; and how new the rows."""
    parts = []
    for words, values, q in (
        (f"response p{percent}", times_ms, percent / 100),
        (f"service p{percent}", service_ms(load).to_numpy(dtype=float), percent / 100),
        ("generator lag p99", lag_ms(load).to_numpy(dtype=float), 0.99),
    ):
        low, high = quantile_interval(values, q, n_effective=share.n_effective)
        value = float(np.quantile(values, q, method="higher"))
        parts.append(f"{words} {value:.1f} ms ({low:.1f} to {high:.1f})")
    parts.append(f"n {share.n:,} worth {share.n_effective:,.0f} independent")
    new, ids = new_row_share_of(ledger)
    return ", ".join([*parts, f"{100 * new:.1f} % new rows" if ids else "new rows unknown"])


def _more(share: ShareEstimate, load: pd.DataFrame) -> str:
    """Return how much more would decide, in words."""
    if share.n_needed is None:
        return "more of the same would not decide"
    span_s = float(load["scheduled_ns"].max() - load["scheduled_ns"].min()) / 1e9
    rate = share.n / span_s if span_s else 0.0
    more = max(1, share.n_needed - share.n)
    if rate:
        return f"about {max(0.1, more / rate / 60):.1f} more minutes would decide"
    return f"about {more} more would decide"
